"""Restarts every service in turn, as a rolling update does, under a steady load of uploads: `make rolling`.

There are two gateways. What stands before them in a cluster is played by the clients: they send nothing more to one
that is about to be stopped, and nothing yet to one that is not ready. No request may fail, and nothing may be lost.
"""

import argparse
import itertools
import sys
import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import httpx

from tests.chaos.judging import judge
from tests.chaos.uploading import sign_up_verified
from tests.chaos.world import running_world
from tests.end_to_end.user import User
from tests.media.samples import sample
from tests.services.service_process import ServiceProcess

_SETTINGS = {
    "TRACKLIFT_UNFINISHED_PER_USER": "100000",
    "TRACKLIFT_UPLOADS_PER_HOUR": "100000",
    "TRACKLIFT_KEEP_SOURCE": "0",
    "TRACKLIFT_DRAIN": "30s",
}
_PRE_STOP = 2.0
"""Seconds between the last request that is sent to a gateway and the signal to stop, as `preStop` has them."""


class Load:
    """Clients that upload all the time, each to one of the gateways that are in service."""

    def __init__(self, gateways: list[ServiceProcess], at_least: int) -> None:
        """Begin with all gateways in service; it ends once so many uploads were sent and `is_over` is set."""
        self.in_service = [gateway.address for gateway in gateways]
        self.is_over = threading.Event()
        self.accepted: list[str] = []
        self.failures: Counter[str] = Counter()
        self._numbers = itertools.count()
        self._at_least = at_least

    def upload(self) -> None:
        """Be one of the clients."""
        users = {address: User(address).log_in() for address in self.in_service}
        video = sample("one-second")
        for number in self._numbers:
            if self.is_over.is_set() and number >= self._at_least:
                return
            user = users[self.in_service[number % len(self.in_service)]]
            try:
                answer = user.send(video, key=f"rolling-{number}")
                if answer.status_code == 202:
                    self.accepted.append(str(answer.json()["id"]))
                else:
                    self.failures[answer.text] += 1
            except httpx.HTTPError as error:
                self.failures[repr(error)] += 1


def restart(service: ServiceProcess, load: Load) -> None:
    """Take a service out of service, stop it, start it, and put it back."""
    is_gateway = service.address in load.in_service
    if is_gateway:
        load.in_service = [address for address in load.in_service if address != service.address]
    threading.Event().wait(_PRE_STOP)
    code = service.stop()
    if code != 0:
        load.failures[f"{service.service} ended with {code}"] += 1
    service.launch()
    service.wait_until_ready()
    if is_gateway:
        load.in_service = [*load.in_service, service.address]
    _say(f"{service.service} was restarted; {len(load.accepted)} uploads so far")


def main() -> int:
    """Run, say what was found, and give the exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--uploads", type=int, default=500, help="at least so many (default: 500)")
    arguments = parser.parse_args()
    with running_world(converters=2, settings=_SETTINGS) as world:
        gateway = world.services.gateway
        second = gateway.twin(world.folder / "second-gateway.log")
        try:
            second.launch()
            second.wait_until_ready()
            user = sign_up_verified(gateway.address, world.sink)
            load = Load([gateway, second], arguments.uploads)
            with ThreadPoolExecutor(3) as clients:
                uploading = [clients.submit(load.upload) for _ in range(3)]
                for service in [second, *world.services.all]:
                    restart(service, load)
                load.is_over.set()
            for client in uploading:
                client.result()
            failed = load.failures.total()
            _say(f"{len(load.accepted)} uploads were accepted, {failed} failed: {dict(load.failures)}")
            user.log_in()
            lost = judge(user, load.accepted, world.sink, world.mongodb_url, _say)
            return 1 if failed else lost
        finally:
            second.end()


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
