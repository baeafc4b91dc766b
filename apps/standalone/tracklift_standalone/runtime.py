"""Starts and stops everything in the process, in order."""

from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager

from litestar import Litestar

from tracklift_adapters.http.operations import ReadinessCheck
from tracklift_adapters.sql.migrate import migrate
from tracklift_adapters.system.exclusive_folder import exclusive_folder
from tracklift_adapters.system.private_folder import make_private
from tracklift_auth.dependencies import auth_dependencies
from tracklift_auth.routes import AUTH_ROUTES
from tracklift_converter.subscription import converter_subscription
from tracklift_domain.errors import ServiceUnavailableError
from tracklift_domain.identifiers import MediaId, UserId
from tracklift_gateway.app import create_app
from tracklift_gateway.chores import gateway_chores
from tracklift_gateway.subscription import (
    ACCOUNT_SUBSCRIPTION,
    CONFIRMATION_SUBSCRIPTION,
    GATEWAY_SUBSCRIPTION,
)
from tracklift_notification.subscription import LINK_SUBSCRIPTION, NOTIFICATION_SUBSCRIPTION
from tracklift_runtime.housekeeping import Housekeeping, HousekeepingJob
from tracklift_runtime.workers import Workers
from tracklift_standalone.container import StandaloneContainer


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
        # First, since the lock would follow a symbolic link that another user has put there.
        make_private(settings.data_folder)
        stack.enter_context(exclusive_folder(settings.data_folder))
        container.signing_key()
        stack.push_async_callback(container.engine().dispose)
        await _bring_up_to_date(container)
        queue = container.queue()
        await queue.open()
        stack.push_async_callback(queue.close)
        stack.callback(container.media().close)
        stack.callback(container.hasher().close)
        stack.callback(container.mailbox().close)
        await _clear_away(container)
        stack.push_async_callback(container.extractor().close)
        await container.extractor().prepare()
        yield


async def _bring_up_to_date(container: StandaloneContainer) -> None:
    try:
        await migrate(container.engine())
    except ServiceUnavailableError as error:
        file = container.settings().database_file
        raise ServiceUnavailableError(f"The database {file}", error.reason) from error


async def _clear_away(container: StandaloneContainer) -> None:
    # The folder is this process's alone, so whatever is half done in it belongs to nobody.
    await container.queue().release_leases()
    await container.delivery_log().release_claims()
    await container.media().sweep_unfinished(container.clock().now())
    await container.extractor().sweep_jobs()
    await container.queue().declare(
        [
            converter_subscription(1),
            NOTIFICATION_SUBSCRIPTION,
            LINK_SUBSCRIPTION,
            GATEWAY_SUBSCRIPTION,
            CONFIRMATION_SUBSCRIPTION,
            ACCOUNT_SUBSCRIPTION,
        ]
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


def make_workers(container: StandaloneContainer) -> Workers:
    """Make everything that goes on beside the answering of requests."""
    settings, consumer = container.settings(), container.consumer()
    gateway, converter = container.gateway(), container.converter()
    notification = container.notification()
    housekeeping = Housekeeping(
        {**gateway_chores(gateway), **_chores(container)}, every=settings.housekeeping_every
    )
    return Workers(
        {
            "relay": lambda stopping: container.relay().run(stopping=stopping),
            "converter": lambda stopping: consumer.consume(
                converter_subscription(settings.converters), converter.run_conversion(), stopping=stopping
            ),
            "notification": lambda stopping: consumer.consume(
                NOTIFICATION_SUBSCRIPTION, notification.announce_outcome(), stopping=stopping
            ),
            "links": lambda stopping: consumer.consume(
                LINK_SUBSCRIPTION, notification.mail_link(), stopping=stopping
            ),
            "gateway's consumer": lambda stopping: consumer.consume(
                GATEWAY_SUBSCRIPTION, gateway.delete_conversions_of_user(), stopping=stopping
            ),
            "confirmations": lambda stopping: consumer.consume(
                CONFIRMATION_SUBSCRIPTION, gateway.note_handled_outcome(), stopping=stopping
            ),
            "accounts": lambda stopping: consumer.consume(
                ACCOUNT_SUBSCRIPTION, gateway.follow_accounts(), stopping=stopping
            ),
            "housekeeping": lambda stopping: housekeeping.run(stopping=stopping),
        },
        drain=settings.drain,
    )


def _chores(container: StandaloneContainer) -> Mapping[str, HousekeepingJob]:
    clock = container.clock()
    keep_records = container.settings().keep_records
    remembered = container.settings().mailed_token_policy.remembered
    return {
        "delete sessions that have expired": lambda: container.sessions().remove_expired(clock.now()),
        "forget old links": lambda: container.mailed_tokens().forget_before(clock.now() - remembered),
        "send digests": container.notification().send_digests(),
        "forget old counts of mails": lambda: container.mails().forget_before(clock.now() - keep_records),
        "forget old deliveries": lambda: container.delivery_log().forget_before(clock.now() - keep_records),
    }
