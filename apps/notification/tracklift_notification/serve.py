"""Runs notification until a signal stops it."""

from collections.abc import Mapping
from datetime import timedelta

from litestar import Litestar

from tracklift_adapters.http.application.operations_app import create_operations_app
from tracklift_adapters.http.server.listeners import open_listeners
from tracklift_adapters.http.server.service import run_service
from tracklift_domain.messaging.delivery import EventHandler, Subscription
from tracklift_notification.container import NotificationContainer, build
from tracklift_notification.settings import NotificationSettings
from tracklift_notification.subscription import (
    ACCOUNT_MAIL_SUBSCRIPTION,
    LINK_SUBSCRIPTION,
    NOTIFICATION_SUBSCRIPTION,
    handlers_of,
)
from tracklift_runtime.housekeeping import Housekeeping, HousekeepingJob
from tracklift_runtime.startup_tasks import StartupTasks
from tracklift_runtime.workers import Work, Workers

_DIGESTS_EVERY = timedelta(minutes=1)
"""How long after the end of its hour a digest is sent."""


async def serve(settings: NotificationSettings) -> bool:
    """Send mails until SIGTERM or SIGINT, and return whether everything went well.

    Raises:
        AddressInUseError: the address for health checks, or the one for metrics, is in use.
    """
    with open_listeners(settings) as listeners:
        container = build(settings)
        async with container.exits():
            startup_tasks = _startup_tasks(container)
            return await run_service(
                _make_application(container, startup_tasks),
                _make_workers(container, startup_tasks),
                listeners,
                settings,
            )


def _startup_tasks(container: NotificationContainer) -> StartupTasks:
    broker = container.broker()
    return StartupTasks(
        {
            "the delivery log": container.delivery_log().prepare,
            "the mails of the hour": container.mails().prepare,
            "RabbitMQ": broker.open,
            "the queues": lambda: broker.declare(
                [NOTIFICATION_SUBSCRIPTION, LINK_SUBSCRIPTION, ACCOUNT_MAIL_SUBSCRIPTION]
            ),
        }
    )


def _make_application(container: NotificationContainer, startup_tasks: StartupTasks) -> Litestar:
    return create_operations_app(
        "notification",
        {
            "preparation": startup_tasks.check,
            "MongoDB": lambda: container.delivery_log().release("nothing"),
            "RabbitMQ": container.broker().check,
        },
    )


def _make_workers(container: NotificationContainer, startup_tasks: StartupTasks) -> Workers:
    settings, use_cases = container.settings(), container.use_cases()
    housekeeping = Housekeeping(_housekeeping_jobs(container), every=settings.housekeeping_every)
    digests = Housekeeping({"send digests": use_cases.send_digests()}, every=_DIGESTS_EVERY)

    def consume(subscription: Subscription, handler: EventHandler) -> Work:
        return startup_tasks.before(
            lambda stopping: container.consumer().consume(subscription, handler, stopping=stopping)
        )

    return Workers(
        {
            "start-up tasks": startup_tasks.run,
            **{each.queue: consume(each, handler) for each, handler in handlers_of(use_cases).items()},
            "digests": startup_tasks.before(lambda stopping: digests.run(stopping=stopping)),
            "housekeeping": startup_tasks.before(lambda stopping: housekeeping.run(stopping=stopping)),
        },
        drain=settings.drain,
    )


def _housekeeping_jobs(container: NotificationContainer) -> Mapping[str, HousekeepingJob]:
    log, mails, clock = container.delivery_log(), container.mails(), container.clock()
    keep = container.settings().keep_deliveries
    return {
        "forget old deliveries": lambda: log.forget_before(clock.now() - keep),
        "forget old counts of mails": lambda: mails.forget_before(clock.now() - keep),
    }
