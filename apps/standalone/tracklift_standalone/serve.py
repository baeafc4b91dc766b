"""Runs Tracklift until it is told to stop."""

import asyncio
import signal
from collections.abc import Callable

from tracklift_adapters.local_queue.errors import UnusableQueueFileError
from tracklift_adapters.system.exclusive_folder import FolderHeldError
from tracklift_domain.errors import ServiceUnavailableError
from tracklift_standalone.container import StandaloneContainer
from tracklift_standalone.runtime import make_application, make_workers, open_data
from tracklift_standalone.server import AddressInUseError, Server, listen
from tracklift_standalone.settings import StandaloneSettings

CANT_START = (AddressInUseError, FolderHeldError, ServiceUnavailableError, UnusableQueueFileError)
"""What keeps Tracklift from starting; each message says what is wrong."""


async def serve_until_stopped(settings: StandaloneSettings, announce: Callable[[str], None]) -> bool:
    """Serve until SIGTERM or SIGINT, and tell whether all went well; `announce` is given the address once it answers.

    At a signal no new work is begun, whoever only watches is sent away, and requests and conversions under way have
    `settings.drain` to finish. A second signal stops them at once.

    Raises:
        AddressInUseError, FolderHeldError, UnusableQueueFileError, ServiceUnavailableError: the address, the data
            folder, the queue, or something else of the data can't be used.
    """
    listening = listen(settings.host, settings.port)
    with listening:
        host = f"[{settings.host}]" if ":" in settings.host else settings.host
        address = f"http://{host}:{listening.getsockname()[1]}"
        container = StandaloneContainer(settings=settings, public_url=settings.public_url or address)
        async with open_data(container):
            workers = make_workers(container)
            server = Server(make_application(container), listening, drain=settings.drain)

            def stop() -> None:
                server.stop()
                workers.begin_to_stop()
                container.feed().close()

            def stop_once() -> None:
                # Workers also end because they were told to, which is no reason to tell them again.
                if not server.should_exit:
                    stop()

            _stop_on_signals(stop)
            workers.start()
            failure = asyncio.create_task(workers.wait_for_failure())
            failure.add_done_callback(lambda _: stop_once())
            try:
                await server.run_until_stopped(lambda: announce(address))
            finally:
                failure.cancel()
                unbroken = await workers.stop()
            return unbroken


def _stop_on_signals(stop: Callable[[], None]) -> None:
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop)
