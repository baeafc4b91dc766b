"""Auth among its servers: MySQL and RabbitMQ."""

from contextlib import AsyncExitStack

from dependency_injector import containers, providers

from tracklift_adapters.http.connection_limits import ConnectionLimits
from tracklift_adapters.http.server import METRICS_PORT, listen
from tracklift_adapters.http.service import run_service
from tracklift_adapters.prometheus.publisher import CountedPublisher
from tracklift_adapters.rabbitmq.broker import RabbitMqBroker
from tracklift_adapters.security.password_hasher import Argon2PasswordHasher
from tracklift_adapters.security.signing_key import load_signing_key
from tracklift_adapters.security.token_issuer import Ed25519TokenIssuer
from tracklift_adapters.security.token_verifier import Ed25519TokenVerifier
from tracklift_adapters.sql.database import SqlDatabase
from tracklift_adapters.sql.engine import create_engine
from tracklift_adapters.sql.mailed_tokens import SqlMailedTokenRepository
from tracklift_adapters.sql.migrate import migrate
from tracklift_adapters.sql.outbox import SqlOutbox
from tracklift_adapters.sql.sessions import SqlSessionRepository
from tracklift_adapters.sql.users import SqlUserRepository
from tracklift_adapters.system.clock import SystemClock
from tracklift_adapters.system.identifiers import RandomIdentifiers
from tracklift_auth.app import create_app
from tracklift_auth.container import AuthContainer
from tracklift_auth.settings import AuthSettings
from tracklift_domain.messaging.policies import RedeliveryPolicy
from tracklift_domain.messaging.relay_outbox import RelayOutbox
from tracklift_domain.user.identify_caller import IdentifyCaller
from tracklift_runtime.housekeeping import Housekeeping
from tracklift_runtime.startup_tasks import StartupTasks
from tracklift_runtime.workers import Workers


class AuthRuntime(containers.DeclarativeContainer):
    """Auth's adapters. Nothing connects before it is used."""

    settings: providers.Dependency[AuthSettings] = providers.Dependency(instance_of=AuthSettings)

    clock = providers.Singleton(SystemClock)
    identifiers = providers.Singleton(RandomIdentifiers)
    engine = providers.Singleton(create_engine, settings.provided.mysql_url)
    database = providers.Singleton(SqlDatabase, engine)
    outbox = providers.Singleton(SqlOutbox, database)
    users = providers.Singleton(SqlUserRepository, database, outbox)
    sessions = providers.Singleton(SqlSessionRepository, database, outbox)
    mailed_tokens = providers.Singleton(SqlMailedTokenRepository, database, outbox)
    redelivery = providers.Singleton(RedeliveryPolicy)
    broker = providers.Singleton(
        RabbitMqBroker,
        settings.provided.rabbitmq_url,
        clock,
        redelivery,
        name="auth",
        heartbeat=settings.provided.rabbitmq_heartbeat,
    )
    publisher = providers.Singleton(CountedPublisher, broker)
    relay = providers.Singleton(RelayOutbox, outbox, publisher)
    hasher = providers.Singleton(
        Argon2PasswordHasher,
        threads=settings.provided.password_threads,
        waiting=settings.provided.password_queue,
    )
    signing_key = providers.Singleton(load_signing_key, settings.provided.signing_key_file)
    issuer = providers.Singleton(
        Ed25519TokenIssuer,
        signing_key,
        issuer=settings.provided.public_url,
        lifetime=settings.provided.access_token_lasts,
    )
    verifier = providers.Singleton(
        Ed25519TokenVerifier, issuer.provided.published_keys.call(), issuer=settings.provided.public_url
    )
    identify_caller = providers.Singleton(IdentifyCaller, verifier=verifier, clock=clock)

    app = providers.Container(
        AuthContainer,
        users=users,
        sessions=sessions,
        mailed_tokens=mailed_tokens,
        hasher=hasher,
        issuer=issuer,
        clock=clock,
        identifiers=identifiers,
        session_lasts=settings.provided.session_lasts,
        mailed_token_policy=settings.provided.mailed_token_policy,
    )


async def serve(settings: AuthSettings) -> bool:
    """Answer until SIGTERM or SIGINT, and tell whether all went well.

    Raises:
        AddressInUseError: the address, or that for metrics, is taken.
        ServiceUnavailableError: the signing key can't be used.
    """
    runtime = AuthRuntime(settings=settings)
    broker, sessions, clock = runtime.broker(), runtime.sessions(), runtime.clock()
    tokens, remembered = runtime.mailed_tokens(), settings.mailed_token_policy.remembered
    # Only the database is needed to answer; events of a broker that is down wait in the outbox.
    database = StartupTasks({"the database": lambda: migrate(runtime.engine())})
    hand_off = StartupTasks({"RabbitMQ": broker.open})
    housekeeping = Housekeeping(
        {
            "delete sessions that have expired": lambda: sessions.remove_expired(clock.now()),
            "forget old links": lambda: tokens.forget_before(clock.now() - remembered),
        },
        every=settings.housekeeping_every,
    )
    workers = Workers(
        {
            "preparation of the database": database.run,
            "preparation of the broker": hand_off.run,
            "relay": database.before(lambda stopping: runtime.relay().run(stopping=stopping)),
            "housekeeping": database.before(lambda stopping: housekeeping.run(stopping=stopping)),
        },
        drain=settings.drain,
    )
    async with AsyncExitStack() as stack:
        application = create_app(
            runtime.app(),
            runtime.identify_caller(),
            checks={
                "database": database.check,
                "MySQL": lambda: runtime.outbox().pending(limit=1),
            },
            spared={"RabbitMQ": broker.check},
        )
        listening = stack.enter_context(listen(settings.host, settings.port))
        metrics = stack.enter_context(listen(*settings.metrics_address, setting=METRICS_PORT))
        stack.push_async_callback(runtime.engine().dispose)
        stack.push_async_callback(broker.close)
        stack.callback(runtime.hasher().close)
        return await run_service(
            application,
            workers,
            listening,
            metrics=metrics,
            drain=settings.drain,
            limits=ConnectionLimits.of(settings),
        )
