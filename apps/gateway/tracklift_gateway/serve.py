"""Runs the gateway until a signal stops it."""

from litestar import Litestar

from tracklift_adapters.http.application.providing import provide
from tracklift_adapters.http.server.listeners import open_listeners
from tracklift_adapters.http.server.service import run_service
from tracklift_domain.identifiers import UserId
from tracklift_domain.messaging.delivery import EventHandler, Subscription
from tracklift_gateway.account_api import account_api
from tracklift_gateway.app import create_app
from tracklift_gateway.container import GatewayContainer, build
from tracklift_gateway.ended_access_refresh import EndedAccessRefresh
from tracklift_gateway.housekeeping_jobs import gateway_housekeeping_jobs
from tracklift_gateway.limits import gateway_limits
from tracklift_gateway.routes.accounts import ACCOUNT_ROUTES
from tracklift_gateway.settings import GatewaySettings
from tracklift_gateway.subscription import (
    ACCOUNT_SUBSCRIPTION,
    CONFIRMATION_SUBSCRIPTION,
    GATEWAY_SUBSCRIPTION,
)
from tracklift_runtime.housekeeping import Housekeeping
from tracklift_runtime.startup_tasks import StartupTasks
from tracklift_runtime.workers import Work, Workers

_NO_USER = UserId("no-user")
"""For the cheapest query of the storage."""


async def serve(settings: GatewaySettings) -> bool:
    """Serve until SIGTERM or SIGINT, and return whether everything went well.

    Raises:
        AddressInUseError: the address, or the one for metrics, is in use.
    """
    with open_listeners(settings) as listeners:
        container = build(settings)
        async with container.exits():
            broker, feed = container.broker(), container.feed()
            # Only the storage is needed to accept videos; while the broker is down, requests wait in the outbox.
            storage = StartupTasks(
                {
                    "MongoDB": container.conversions().prepare,
                    "ended sessions": container.access_ends().prepare,
                    "rate limits": container.rate_counts().prepare,
                    "guesses": container.guess_counts().prepare,
                    "made audio": container.ledger().prepare,
                    "GridFS": container.media().prepare,
                }
            )
            hand_off = StartupTasks(
                {
                    "RabbitMQ": broker.open,
                    "the queues": lambda: broker.declare(
                        [GATEWAY_SUBSCRIPTION, CONFIRMATION_SUBSCRIPTION, ACCOUNT_SUBSCRIPTION]
                    ),
                    "the feed": feed.open,
                }
            )
            return await run_service(
                _make_application(container, storage),
                _make_workers(container, storage, hand_off),
                listeners,
                settings,
                when_stopping=feed.end_updates,
            )


def _make_application(container: GatewayContainer, storage: StartupTasks) -> Litestar:
    return create_app(
        container.use_cases(),
        # Neither auth nor RabbitMQ decides readiness: without them, videos are still accepted.
        checks={
            "storage": storage.check,
            "MongoDB": lambda: container.conversions().count_active(_NO_USER),
            "keys": container.verifier().check,
        },
        spared={"RabbitMQ": container.broker().check, "live updates": container.feed().check},
        limits=gateway_limits(
            container.use_cases(),
            shared_counts=container.rate_counts(),
            shared_guesses=container.guess_counts(),
        ),
        more_routes=ACCOUNT_ROUTES,
        passed_on=account_api(),
        more_dependencies={"auth_service": provide(container.auth_service)},
    )


def _make_workers(container: GatewayContainer, storage: StartupTasks, hand_off: StartupTasks) -> Workers:
    settings, use_cases = container.settings(), container.use_cases()
    housekeeping = Housekeeping(gateway_housekeeping_jobs(use_cases), every=settings.housekeeping_every)

    def consume(subscription: Subscription, handler: EventHandler) -> Work:
        return hand_off.before(
            lambda stopping: container.consumer().consume(subscription, handler, stopping=stopping)
        )

    return Workers(
        {
            "start-up tasks of the storage": storage.run,
            "start-up tasks of the broker": hand_off.run,
            "refresh of keys": container.key_refresh().run,
            "ended sessions": storage.before(EndedAccessRefresh(use_cases.ended_access()).run),
            "consumer": consume(GATEWAY_SUBSCRIPTION, use_cases.delete_conversions_of_user()),
            "confirmations": consume(CONFIRMATION_SUBSCRIPTION, use_cases.note_handled_outcome()),
            "accounts": consume(ACCOUNT_SUBSCRIPTION, use_cases.follow_accounts()),
            "housekeeping": storage.before(lambda stopping: housekeeping.run(stopping=stopping)),
        },
        last={"relay": storage.before(lambda stopping: container.relay().run(stopping=stopping))},
        drain=settings.drain,
    )
