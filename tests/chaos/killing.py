"""Who is killed, and how it comes back."""

import random
import threading
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from tests.servers.servers import Servers
from tests.servers.smtp_sink import SmtpSink
from tests.services.system import TrackliftServices

_SETTLED = 2.0
"""Seconds after a start in which RabbitMQ 3.10 must live: a quorum queue that is killed while it is new breaks."""


@dataclass(frozen=True, slots=True)
class Victim:
    """Something that can be killed and started again."""

    name: str
    kill: Callable[[], None]
    start: Callable[[], None]


def victims_of(services: TrackliftServices, servers: Servers, sink: SmtpSink) -> list[Victim]:
    """List every service and every server. The mail server cuts its connections, and keeps what it has accepted."""
    processes = [
        Victim(f"{service.service} on {service.port}", service.kill, service.launch)
        for service in services.all
    ]
    backing = [
        Victim(server.endpoint.label, server.kill, server.start)
        for server in (servers.mongodb, servers.mysql, servers.rabbitmq)
    ]
    return [*processes, *backing, Victim("mail server", sink.stop, sink.start)]


@contextmanager
def killing(
    victims: Sequence[Victim], chance: random.Random, *, pause: float, say: Callable[[str], None]
) -> Iterator[Counter[str]]:
    """Kill one after another, each in turn and in an order of chance, and start it again; count the kills.

    When the context is left everything runs again.
    """
    enough = threading.Event()
    kills: Counter[str] = Counter()
    failures: list[BaseException] = []

    def work() -> None:
        try:
            while not enough.is_set():
                for victim in chance.sample(list(victims), len(victims)):
                    if enough.wait(chance.uniform(0.2, 2 * pause)):
                        return
                    victim.kill()
                    kills[victim.name] += 1
                    say(f"killed {victim.name}")
                    enough.wait(chance.uniform(0, pause))
                    victim.start()
                    enough.wait(_SETTLED)
        except BaseException as error:  # noqa: BLE001  # raised in the main thread below
            failures.append(error)

    thread = threading.Thread(target=work, name="killer")
    thread.start()
    try:
        yield kills
    finally:
        enough.set()
        thread.join()
    if failures:
        raise failures[0]
