"""Runs auth until a signal stops it."""

from collections.abc import Mapping

from litestar import Litestar

from tracklift_adapters.http.server.listeners import open_listeners
from tracklift_adapters.http.server.service import run_service
from tracklift_adapters.sql.migrate import migrate
from tracklift_auth.app import create_app
from tracklift_auth.container import AuthContainer, build
from tracklift_auth.settings import AuthSettings
from tracklift_runtime.housekeeping import Housekeeping, HousekeepingJob
from tracklift_runtime.startup_tasks import StartupTasks
from tracklift_runtime.workers import Workers


async def serve(settings: AuthSettings) -> bool:
    """Serve until SIGTERM or SIGINT, and return whether everything went well.

    Raises:
        AddressInUseError: the address, or the one for metrics, is in use.
        ServiceUnavailableError: the signing key can't be used.
    """
    with open_listeners(settings) as listeners:
        container = build(settings)
        async with container.exits():
            # Only the database is needed to answer; while the broker is down, events wait in the outbox.
            database = StartupTasks({"the database": lambda: migrate(container.engine())})
            hand_off = StartupTasks({"RabbitMQ": container.broker().open})
            return await run_service(
                _make_application(container, database),
                _make_workers(container, database, hand_off),
                listeners,
                settings,
            )


def _make_application(container: AuthContainer, database: StartupTasks) -> Litestar:
    return create_app(
        container.use_cases(),
        container.identify_bearer(),
        checks={
            "database": database.check,
            "MySQL": database.before_check(lambda: container.outbox().pending(limit=1)),
        },
        spared={"RabbitMQ": container.broker().check},
    )


def _make_workers(container: AuthContainer, database: StartupTasks, hand_off: StartupTasks) -> Workers:
    settings = container.settings()
    housekeeping = Housekeeping(_housekeeping_jobs(container), every=settings.housekeeping_every)
    return Workers(
        {
            "start-up tasks of the database": database.run,
            "start-up tasks of the broker": hand_off.run,
            "housekeeping": database.before(lambda stopping: housekeeping.run(stopping=stopping)),
        },
        last={"relay": database.before(lambda stopping: container.relay().run(stopping=stopping))},
        drain=settings.drain,
    )


def _housekeeping_jobs(container: AuthContainer) -> Mapping[str, HousekeepingJob]:
    sessions, tokens, clock = container.sessions(), container.mailed_tokens(), container.clock()
    remembered = container.settings().mailed_token_policy.remembered
    keys, listed = container.api_keys(), container.settings().api_key_policy.listed
    return {
        "delete sessions that have expired": lambda: sessions.remove_expired(clock.now()),
        "forget old links": lambda: tokens.forget_before(clock.now() - remembered),
        "forget old API keys": lambda: keys.forget_before(clock.now() - listed),
    }
