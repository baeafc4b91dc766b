"""Runs Tracklift until it is told to stop."""

import asyncio
import signal
from collections.abc import Callable

from tracklift_adapters.security.signing_key import UnusableSigningKeyError
from tracklift_adapters.system.exclusive_folder import FolderHeldError
from tracklift_domain.errors import ServiceUnavailableError
from tracklift_standalone.container import StandaloneContainer
from tracklift_standalone.runtime import Workers, make_application, open_data
from tracklift_standalone.server import AddressInUseError, Server, listen
from tracklift_standalone.settings import StandaloneSettings

CANT_START = (AddressInUseError, FolderHeldError, ServiceUnavailableError, UnusableSigningKeyError)
"""What keeps Tracklift from starting; each message says what to do."""


async def serve_until_stopped(settings: StandaloneSettings, announce: Callable[[str], None]) -> bool:
    """Serve until SIGTERM or SIGINT, and tell whether all went well; `announce` is given the address once it answers.

    At a signal no new work is begun, and what goes on has `settings.drain` to finish. A second signal stops at once.

    Raises:
        AddressInUseError, FolderHeldError, UnusableSigningKeyError, ServiceUnavailableError: the address, the data
            folder, the key or the data can't be used.
    """
    listening = listen(settings.host, settings.port)
    with listening:
        host = f"[{settings.host}]" if ":" in settings.host else settings.host
        address = f"http://{host}:{listening.getsockname()[1]}"
        container = StandaloneContainer(settings=settings, public_url=settings.public_url or address)
        async with open_data(container):
            workers = Workers(container)
            server = Server(make_application(container), listening, drain=settings.drain.total_seconds())
            _stop_on_signals(server)
            workers.start()
            failure = asyncio.create_task(workers.wait_for_failure())
            failure.add_done_callback(lambda _: server.stop())
            try:
                await server.run_until_stopped(lambda: announce(address))
            finally:
                broke = failure.done()
                failure.cancel()
                unbroken = await workers.stop(settings.drain)
            return unbroken and not broke


def _stop_on_signals(server: Server) -> None:
    def stop() -> None:
        if server.should_exit:
            server.force_exit = True
        server.stop()

    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop)
