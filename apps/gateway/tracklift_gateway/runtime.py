"""The gateway among its servers: MongoDB, RabbitMQ and auth."""

import asyncio
from contextlib import AsyncExitStack

from dependency_injector import containers, providers

from tracklift_adapters.auth_service.client import AuthService
from tracklift_adapters.http.connection_limits import ConnectionLimits
from tracklift_adapters.http.providing import provide
from tracklift_adapters.http.server import METRICS_PORT, listen
from tracklift_adapters.http.service import run_service
from tracklift_adapters.mongodb.conversions import MongoConversionRepository
from tracklift_adapters.mongodb.database import MongoDatabase
from tracklift_adapters.mongodb.key_cache import MongoKeyCache
from tracklift_adapters.mongodb.media_store import GridFsMediaStore
from tracklift_adapters.mongodb.outbox import MongoOutbox
from tracklift_adapters.mongodb.verified_addresses import MongoVerifiedAddresses
from tracklift_adapters.prometheus.consumer import CountedConsumer
from tracklift_adapters.prometheus.media_losses import CountedMediaLosses
from tracklift_adapters.prometheus.publisher import CountedPublisher
from tracklift_adapters.rabbitmq.broker import RabbitMqBroker
from tracklift_adapters.rabbitmq.update_feed import RabbitMqUpdateFeed
from tracklift_adapters.security.published_keys import FetchedKeysTokenVerifier
from tracklift_adapters.system.clock import SystemClock
from tracklift_adapters.system.identifiers import RandomIdentifiers
from tracklift_domain.identifiers import UserId
from tracklift_domain.messaging.policies import RedeliveryPolicy
from tracklift_domain.messaging.relay_outbox import RelayOutbox
from tracklift_gateway.account_api import account_api
from tracklift_gateway.app import create_app
from tracklift_gateway.chores import gateway_chores
from tracklift_gateway.container import GatewayContainer
from tracklift_gateway.key_refresh import KeyRefresh
from tracklift_gateway.routes.accounts import ACCOUNT_ROUTES
from tracklift_gateway.settings import GatewaySettings
from tracklift_gateway.sign_in import SignInAtAuthService
from tracklift_gateway.subscription import (
    ACCOUNT_SUBSCRIPTION,
    CONFIRMATION_SUBSCRIPTION,
    GATEWAY_SUBSCRIPTION,
)
from tracklift_runtime.housekeeping import Housekeeping
from tracklift_runtime.startup_tasks import StartupTasks
from tracklift_runtime.workers import Workers

_NOBODY = UserId("nobody")
"""For the cheapest question to the storage."""


class GatewayRuntime(containers.DeclarativeContainer):
    """The gateway's adapters. Nothing connects before it is used."""

    settings: providers.Dependency[GatewaySettings] = providers.Dependency(instance_of=GatewaySettings)

    clock = providers.Singleton(SystemClock)
    identifiers = providers.Singleton(RandomIdentifiers)
    database = providers.Singleton(MongoDatabase, settings.provided.mongodb_url)
    outbox = providers.Singleton(MongoOutbox, database)
    conversions = providers.Singleton(MongoConversionRepository, database, outbox)
    media = providers.Singleton(GridFsMediaStore, database, clock)
    verified = providers.Singleton(MongoVerifiedAddresses, database)
    redelivery = providers.Singleton(RedeliveryPolicy)
    broker = providers.Singleton(
        RabbitMqBroker,
        settings.provided.rabbitmq_url,
        clock,
        redelivery,
        name="gateway",
        heartbeat=settings.provided.rabbitmq_heartbeat,
    )
    feed = providers.Singleton(
        RabbitMqUpdateFeed,
        settings.provided.rabbitmq_url,
        name="gateway",
        heartbeat=settings.provided.rabbitmq_heartbeat,
    )
    publisher = providers.Singleton(CountedPublisher, broker)
    consumer = providers.Singleton(CountedConsumer, broker)
    relay = providers.Singleton(RelayOutbox, outbox, publisher)
    auth_service = providers.Singleton(AuthService, settings.provided.auth_url)
    sign_in = providers.Singleton(SignInAtAuthService, auth_service)
    verifier = providers.Singleton(FetchedKeysTokenVerifier, issuer=settings.provided.public_url)
    key_cache = providers.Singleton(MongoKeyCache, database)
    key_refresh = providers.Singleton(KeyRefresh, auth_service, key_cache, verifier)

    app = providers.Container(
        GatewayContainer,
        conversions=conversions,
        media=media,
        losses=providers.Singleton(CountedMediaLosses),
        feed=feed,
        # Not counted, as it publishes what is counted already.
        publisher=broker,
        queues=broker,
        verifier=verifier,
        verified=verified,
        sign_in=sign_in,
        clock=clock,
        identifiers=identifiers,
        limits=settings.provided.limits,
        retention=settings.provided.retention,
        attempts=settings.provided.attempt_policy,
        event_streams_per_user=settings.provided.event_streams_per_user,
        uploads_per_hour=settings.provided.uploads_per_hour,
    )


async def serve(settings: GatewaySettings) -> bool:
    """Answer until SIGTERM or SIGINT, and tell whether all went well.

    Raises:
        AddressInUseError: the address, or that for metrics, is taken.
    """
    runtime = GatewayRuntime(settings=settings)
    broker, feed, conversions = runtime.broker(), runtime.feed(), runtime.conversions()
    # Only the storage is needed to take in videos; requests wait in the outbox while the broker is down.
    storage = StartupTasks({"MongoDB": conversions.prepare, "GridFS": runtime.media().prepare})
    hand_off = StartupTasks(
        {
            "RabbitMQ": broker.open,
            "the queues": lambda: broker.declare(
                [GATEWAY_SUBSCRIPTION, CONFIRMATION_SUBSCRIPTION, ACCOUNT_SUBSCRIPTION]
            ),
            "the feed": feed.open,
        }
    )
    housekeeping = Housekeeping(gateway_chores(runtime.app()), every=settings.housekeeping_every)

    async def consume(stopping: asyncio.Event) -> None:
        await runtime.consumer().consume(
            GATEWAY_SUBSCRIPTION, runtime.app().delete_conversions_of_user(), stopping=stopping
        )

    async def note_handled_outcomes(stopping: asyncio.Event) -> None:
        await runtime.consumer().consume(
            CONFIRMATION_SUBSCRIPTION, runtime.app().note_handled_outcome(), stopping=stopping
        )

    async def follow_accounts(stopping: asyncio.Event) -> None:
        await runtime.consumer().consume(
            ACCOUNT_SUBSCRIPTION, runtime.app().follow_accounts(), stopping=stopping
        )

    workers = Workers(
        {
            "preparation of the storage": storage.run,
            "preparation of the broker": hand_off.run,
            "refresh of keys": runtime.key_refresh().run,
            "relay": storage.before(lambda stopping: runtime.relay().run(stopping=stopping)),
            "consumer": hand_off.before(consume),
            "confirmations": hand_off.before(note_handled_outcomes),
            "accounts": hand_off.before(follow_accounts),
            "housekeeping": storage.before(lambda stopping: housekeeping.run(stopping=stopping)),
        },
        drain=settings.drain,
    )
    application = create_app(
        runtime.app(),
        # Auth is not asked, and RabbitMQ does not decide: without them videos are still taken in.
        checks={
            "storage": storage.check,
            "MongoDB": lambda: conversions.count_active(_NOBODY),
            "keys": runtime.verifier().check,
        },
        spared={"RabbitMQ": broker.check, "live updates": feed.check},
        more_routes=ACCOUNT_ROUTES,
        passed_on=account_api(),
        more_dependencies={"auth_service": provide(runtime.auth_service)},
    )
    async with AsyncExitStack() as stack:
        listening = stack.enter_context(listen(settings.host, settings.port))
        metrics = stack.enter_context(listen(*settings.metrics_address, setting=METRICS_PORT))
        stack.push_async_callback(runtime.database().close)
        stack.push_async_callback(runtime.media().close)
        stack.push_async_callback(broker.close)
        stack.push_async_callback(feed.close)
        stack.push_async_callback(runtime.auth_service().close)
        return await run_service(
            application,
            workers,
            listening,
            metrics=metrics,
            drain=settings.drain,
            limits=ConnectionLimits.of(settings),
            when_stopping=feed.end_updates,
        )
