"""Starts and stops everything in the process, in order."""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import timedelta

from litestar import Litestar

from tracklift_adapters.http.operations import ReadinessCheck
from tracklift_adapters.sql.migrate import migrate
from tracklift_adapters.system.exclusive_folder import exclusive_folder
from tracklift_auth.dependencies import auth_dependencies
from tracklift_auth.routes import AUTH_ROUTES
from tracklift_converter.subscription import converter_subscription
from tracklift_domain.housekeeping import Housekeeping
from tracklift_domain.identifiers import MediaId, UserId
from tracklift_gateway.app import create_app
from tracklift_gateway.chores import gateway_chores
from tracklift_gateway.subscription import GATEWAY_SUBSCRIPTION
from tracklift_notification.subscription import NOTIFICATION_SUBSCRIPTION
from tracklift_standalone.container import StandaloneContainer

_log = logging.getLogger(__name__)
_STEP = 0.1
"""Seconds."""


@asynccontextmanager
async def open_data(container: StandaloneContainer) -> AsyncIterator[None]:
    """Take the data folder for this process, bring it up to date and clear away what a dead process left.

    Raises:
        FolderHeldError: another process has the folder.
        UnusableQueueFileError: the queue's file can't be used.
        ServiceUnavailableError: the folder or something else in it can't be used.
    """
    settings = container.settings()
    async with AsyncExitStack() as stack:
        stack.enter_context(exclusive_folder(settings.data_folder))
        container.signing_key()
        stack.push_async_callback(container.engine().dispose)
        await migrate(container.engine())
        queue = container.queue()
        await queue.open()
        stack.push_async_callback(queue.close)
        stack.callback(container.media().close)
        stack.callback(container.hasher().close)
        stack.callback(container.mailer().close)
        await _clear_away(container)
        yield


async def _clear_away(container: StandaloneContainer) -> None:
    # The folder is this process's alone, so whatever is half done in it belongs to nobody.
    await container.queue().release_leases()
    await container.delivery_log().release_claims()
    await container.media().sweep_unfinished(container.clock().now())
    await container.extractor().sweep_jobs()
    await container.queue().declare(
        [converter_subscription(1), NOTIFICATION_SUBSCRIPTION, GATEWAY_SUBSCRIPTION]
    )


def make_application(container: StandaloneContainer) -> Litestar:
    """Make the HTTP application of gateway and auth together."""
    return create_app(
        container.gateway(),
        checks=_readiness_checks(container),
        more_routes=AUTH_ROUTES,
        more_dependencies=auth_dependencies(container.auth()),
    )


def _readiness_checks(container: StandaloneContainer) -> Mapping[str, ReadinessCheck]:
    # The cheapest call of each port that touches the disk.
    nobody, nothing = UserId("nobody"), MediaId("nothing")
    return {
        "database": lambda: container.conversions().count_active(nobody),
        "queue": lambda: container.queue().list(converter_subscription(1).queue, limit=1),
        "media": lambda: container.media().delete(nothing),
    }


class Workers:
    """Everything that goes on beside the answering of requests."""

    def __init__(self, container: StandaloneContainer, *, drain: timedelta) -> None:
        """Make the workers; `drain` is how long they may go on with what they are at when they are to stop."""
        self._container = container
        self._drain = drain.total_seconds()
        self._stopping = asyncio.Event()
        self._patience_ends = 0.0
        self._tasks: dict[asyncio.Task[None], str] = {}

    def start(self) -> None:
        """Start the workers."""
        for name, work in self._work().items():
            self._tasks[asyncio.create_task(work(), name=name)] = name

    async def wait_for_failure(self) -> None:
        """Return when one of the workers has ended, which none does by itself unless it breaks."""
        await asyncio.wait(self._tasks, return_when=asyncio.FIRST_COMPLETED)

    def begin_to_stop(self) -> None:
        """Let no worker take anything new. The second time, let them have no more patience either."""
        now = asyncio.get_running_loop().time()
        self._patience_ends = now if self._stopping.is_set() else now + self._drain
        self._stopping.set()

    async def stop(self) -> bool:
        """Wait for the workers, take their work from those that need too long, and tell whether none had broken."""
        if not self._stopping.is_set():
            self.begin_to_stop()
        while (left := self._patience_ends - asyncio.get_running_loop().time()) > 0:
            # In short steps, as a second signal ends the patience.
            done, _ = await asyncio.wait(self._tasks, timeout=min(left, _STEP))
            if len(done) == len(self._tasks):
                break
        for task in self._tasks:
            if not task.done():
                _log.info("Stopping %s in the middle of its work, which is given back.", self._tasks[task])
                task.cancel()
        outcomes = await asyncio.gather(*self._tasks, return_exceptions=True)
        broken = [
            (name, outcome)
            for name, outcome in zip(self._tasks.values(), outcomes, strict=True)
            if isinstance(outcome, Exception)
        ]
        for name, error in broken:
            _log.error("The %s broke.", name, exc_info=error)
        return not broken

    def _work(self) -> Mapping[str, Callable[[], Coroutine[None, None, None]]]:
        container, stopping = self._container, self._stopping
        settings, queue = container.settings(), container.queue()
        gateway, converter = container.gateway(), container.converter()
        notification = container.notification()
        housekeeping = Housekeeping(
            {**gateway_chores(gateway), **self._session_chores()}, every=settings.housekeeping_every
        )
        return {
            "relay": lambda: container.relay().run(stopping=stopping),
            "converter": lambda: queue.consume(
                converter_subscription(settings.converters), converter.run_conversion(), stopping=stopping
            ),
            "notification": lambda: queue.consume(
                NOTIFICATION_SUBSCRIPTION, notification.announce_outcome(), stopping=stopping
            ),
            "gateway's consumer": lambda: queue.consume(
                GATEWAY_SUBSCRIPTION, gateway.delete_conversions_of_user(), stopping=stopping
            ),
            "housekeeping": lambda: housekeeping.run(stopping=stopping),
        }

    def _session_chores(self) -> Mapping[str, Callable[[], Awaitable[int]]]:
        container = self._container
        clock = container.clock()
        keep_records = container.settings().keep_records
        return {
            "delete sessions that have expired": lambda: container.sessions().remove_expired(clock.now()),
            "forget old deliveries": lambda: container.delivery_log().forget_before(
                clock.now() - keep_records
            ),
        }
