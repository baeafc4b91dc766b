"""Runs Tracklift until a signal stops it."""

import importlib.resources
from collections.abc import Callable, Mapping
from dataclasses import replace

from litestar import Litestar

from tracklift_adapters.http.application.operations import ReadinessCheck
from tracklift_adapters.http.server.listeners import AddressInUseError, open_listeners
from tracklift_adapters.http.server.service import run_service
from tracklift_adapters.local_queue.errors import UnusableQueueFileError
from tracklift_adapters.system.exclusive_folder import FolderHeldError
from tracklift_auth.dependencies import auth_dependencies
from tracklift_auth.routes import AUTH_ROUTES
from tracklift_converter.subscription import converter_subscription
from tracklift_domain.errors import ServiceUnavailableError
from tracklift_domain.identifiers import MediaId, UserId
from tracklift_domain.messaging.delivery import EventHandler, Subscription
from tracklift_gateway.app import create_app
from tracklift_gateway.ended_access_refresh import EndedAccessRefresh
from tracklift_gateway.housekeeping_jobs import gateway_housekeeping_jobs
from tracklift_gateway.limits import gateway_limits
from tracklift_gateway.subscription import (
    ACCOUNT_SUBSCRIPTION,
    CONFIRMATION_SUBSCRIPTION,
    GATEWAY_SUBSCRIPTION,
)
from tracklift_gateway.web_application import built_web_application
from tracklift_notification.subscription import handlers_of
from tracklift_runtime.housekeeping import Housekeeping, HousekeepingJob
from tracklift_runtime.workers import Work, Workers
from tracklift_standalone.container import StandaloneContainer, build
from tracklift_standalone.open_data import open_data
from tracklift_standalone.settings import StandaloneSettings

CANT_START = (AddressInUseError, FolderHeldError, ServiceUnavailableError, UnusableQueueFileError)
"""Errors that prevent the start; each message says what is wrong."""


async def serve_until_stopped(settings: StandaloneSettings, announce: Callable[[str], None]) -> bool:
    """Serve until SIGTERM or SIGINT, and tell whether all went well; `announce` is called once it answers.

    After a signal, no new work begins, event streams end, and running requests and conversions have `settings.drain`
    to finish. A second signal stops them immediately.

    Raises:
        AddressInUseError, FolderHeldError, UnusableQueueFileError, ServiceUnavailableError: the address, the data
            folder, the queue, or other data can't be used.
    """
    with open_listeners(settings) as listeners:
        container = build(replace(settings, public_url=settings.public_url or listeners.url))
        async with container.exits():
            await open_data(container)
            return await run_service(
                _make_application(container),
                _make_workers(container),
                listeners,
                settings,
                when_ready=lambda: announce(listeners.url),
                when_stopping=container.feed().close,
            )


def _make_application(container: StandaloneContainer) -> Litestar:
    return create_app(
        container.gateway(),
        checks=_readiness_checks(container),
        limits=gateway_limits(container.gateway()),
        more_routes=AUTH_ROUTES,
        more_dependencies=auth_dependencies(container.auth(), container.gateway().upload_quotas().uses_of),
        web_application=built_web_application().with_sample(_sample_video()),
    )


def _sample_video() -> bytes:
    return importlib.resources.files("tracklift_standalone").joinpath("sample.mp4").read_bytes()


def _readiness_checks(container: StandaloneContainer) -> Mapping[str, ReadinessCheck]:
    # The cheapest call of each port that touches the disk.
    no_user, nothing = UserId("no-user"), MediaId("nothing")
    return {
        "database": lambda: container.conversions().count_active(no_user),
        "queue": lambda: container.queue().list(converter_subscription(1).queue, limit=1),
        "media": lambda: container.media().delete(nothing),
    }


def _make_workers(container: StandaloneContainer) -> Workers:
    settings, gateway, notification = container.settings(), container.gateway(), container.notification()
    housekeeping = Housekeeping(
        {**gateway_housekeeping_jobs(gateway), **_housekeeping_jobs(container)},
        every=settings.housekeeping_every,
    )

    def consume(subscription: Subscription, handler: EventHandler) -> Work:
        return lambda stopping: container.consumer().consume(subscription, handler, stopping=stopping)

    return Workers(
        {
            # The commands of `tracklift users` run in other processes.
            "ended sessions": EndedAccessRefresh(container.ended_access()).run,
            "converter": consume(
                converter_subscription(settings.converters), container.converter().run_conversion()
            ),
            **{each.queue: consume(each, handler) for each, handler in handlers_of(notification).items()},
            "gateway's consumer": consume(GATEWAY_SUBSCRIPTION, gateway.delete_conversions_of_user()),
            "confirmations": consume(CONFIRMATION_SUBSCRIPTION, gateway.note_handled_outcome()),
            "accounts": consume(ACCOUNT_SUBSCRIPTION, gateway.follow_accounts()),
            "housekeeping": lambda stopping: housekeeping.run(stopping=stopping),
        },
        last={"relay": lambda stopping: container.relay().run(stopping=stopping)},
        drain=settings.drain,
    )


def _housekeeping_jobs(container: StandaloneContainer) -> Mapping[str, HousekeepingJob]:
    sessions, tokens, clock = container.sessions(), container.mailed_tokens(), container.clock()
    keys, listed = container.stored_api_keys(), container.settings().api_key_policy.listed
    log, mails = container.delivery_log(), container.mails()
    keep_records = container.settings().keep_records
    remembered = container.settings().mailed_token_policy.remembered
    return {
        "delete sessions that have expired": lambda: sessions.remove_expired(clock.now()),
        "forget old links": lambda: tokens.forget_before(clock.now() - remembered),
        "forget old API keys": lambda: keys.forget_before(clock.now() - listed),
        "send digests": container.notification().send_digests(),
        "forget old counts of mails": lambda: mails.forget_before(clock.now() - keep_records),
        "forget old deliveries": lambda: log.forget_before(clock.now() - keep_records),
    }
