"""Runs Tracklift until it is told to stop."""

from collections.abc import Callable

from tracklift_adapters.http.connection_limits import ConnectionLimits
from tracklift_adapters.http.server import METRICS_PORT, AddressInUseError, listen
from tracklift_adapters.http.service import run_service
from tracklift_adapters.local_queue.errors import UnusableQueueFileError
from tracklift_adapters.system.exclusive_folder import FolderHeldError
from tracklift_domain.errors import ServiceUnavailableError
from tracklift_standalone.container import StandaloneContainer
from tracklift_standalone.runtime import make_application, make_workers, open_data
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
    with (
        listen(settings.host, settings.port) as listening,
        listen(*settings.metrics_address, setting=METRICS_PORT) as metrics,
    ):
        host = f"[{settings.host}]" if ":" in settings.host else settings.host
        address = f"http://{host}:{listening.getsockname()[1]}"
        container = StandaloneContainer(settings=settings, public_url=settings.public_url or address)
        async with open_data(container):
            return await run_service(
                make_application(container),
                make_workers(container),
                listening,
                metrics=metrics,
                drain=settings.drain,
                limits=ConnectionLimits.of(settings),
                when_ready=lambda: announce(address),
                when_stopping=container.feed().close,
            )
