"""The converter among its servers: MongoDB and RabbitMQ."""

import asyncio
import socket
from contextlib import AsyncExitStack
from uuid import uuid4

from dependency_injector import containers, providers

from tracklift_adapters.extraction_process.extractor import ProcessAudioExtractor
from tracklift_adapters.http.connection_limits import ConnectionLimits
from tracklift_adapters.http.operations_app import create_operations_app
from tracklift_adapters.http.server import METRICS_PORT, listen
from tracklift_adapters.http.service import run_service
from tracklift_adapters.mongodb.conversions import MongoConversionRepository
from tracklift_adapters.mongodb.database import MongoDatabase
from tracklift_adapters.mongodb.media_store import GridFsMediaStore
from tracklift_adapters.mongodb.outbox import MongoOutbox
from tracklift_adapters.mongodb.verified_addresses import MongoVerifiedAddresses
from tracklift_adapters.mp4.inspector import Mp4Inspector
from tracklift_adapters.prometheus.consumer import CountedConsumer
from tracklift_adapters.prometheus.media_losses import CountedMediaLosses
from tracklift_adapters.prometheus.publisher import CountedPublisher
from tracklift_adapters.rabbitmq.broker import RabbitMqBroker
from tracklift_adapters.rabbitmq.update_feed import RabbitMqUpdateFeed
from tracklift_adapters.system.clock import SystemClock
from tracklift_converter.container import ConverterContainer
from tracklift_converter.engines import ENGINES, PRELOADED
from tracklift_converter.settings import ConverterSettings
from tracklift_converter.subscription import converter_subscription
from tracklift_domain.messaging.policies import RedeliveryPolicy
from tracklift_domain.messaging.relay_outbox import RelayOutbox
from tracklift_runtime.startup_tasks import StartupTasks
from tracklift_runtime.workers import Workers


class ConverterRuntime(containers.DeclarativeContainer):
    """The converter's adapters. Nothing connects before it is used."""

    settings: providers.Dependency[ConverterSettings] = providers.Dependency(instance_of=ConverterSettings)

    clock = providers.Singleton(SystemClock)
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
        name="converter",
        heartbeat=settings.provided.rabbitmq_heartbeat,
    )
    # Nobody watches here.
    feed = providers.Singleton(
        RabbitMqUpdateFeed,
        settings.provided.rabbitmq_url,
        name="converter",
        listens=False,
        heartbeat=settings.provided.rabbitmq_heartbeat,
    )
    losses = providers.Singleton(CountedMediaLosses)
    publisher = providers.Singleton(CountedPublisher, broker)
    consumer = providers.Singleton(CountedConsumer, broker)
    relay = providers.Singleton(RelayOutbox, outbox, publisher)
    extractor = providers.Singleton(
        ProcessAudioExtractor,
        settings.provided.scratch_folder,
        engines=ENGINES,
        preload=PRELOADED,
        stall_timeout=settings.provided.longest_stall.total_seconds.call(),
    )
    inspector = providers.Singleton(Mp4Inspector)
    holder = providers.Singleton(lambda: f"{socket.gethostname()}-{uuid4().hex[:8]}")

    app = providers.Container(
        ConverterContainer,
        conversions=conversions,
        media=media,
        losses=losses,
        feed=feed,
        inspector=inspector,
        extractor=extractor,
        verified=verified,
        clock=clock,
        holder=holder,
        attempts=settings.provided.attempt_policy,
        retention=settings.provided.retention,
        longest_audio=settings.provided.longest_audio,
    )


async def serve(settings: ConverterSettings) -> bool:
    """Convert until SIGTERM or SIGINT, and tell whether all went well.

    Raises:
        AddressInUseError: the address for health, or that for metrics, is taken.
    """
    runtime = ConverterRuntime(settings=settings)
    subscription = converter_subscription(settings.converters)
    broker, conversions = runtime.broker(), runtime.conversions()
    preparation = StartupTasks(
        {
            "MongoDB": conversions.prepare,
            "GridFS": runtime.media().prepare,
            "RabbitMQ": broker.open,
            "the queue": lambda: broker.declare([subscription]),
            "the feed": runtime.feed().open,
            "the scratch folder": runtime.extractor().sweep_jobs,
            "the process for extractions": runtime.extractor().prepare,
        }
    )

    async def convert(stopping: asyncio.Event) -> None:
        await runtime.consumer().consume(subscription, runtime.app().run_conversion(), stopping=stopping)

    workers = Workers(
        {
            "preparation": preparation.run,
            "relay": preparation.before(lambda stopping: runtime.relay().run(stopping=stopping)),
            "converter": preparation.before(convert),
        },
        drain=settings.drain,
    )
    async with AsyncExitStack() as stack:
        listening = stack.enter_context(listen(settings.host, settings.port))
        metrics = stack.enter_context(listen(*settings.metrics_address, setting=METRICS_PORT))
        stack.push_async_callback(runtime.database().close)
        stack.push_async_callback(runtime.media().close)
        stack.push_async_callback(broker.close)
        stack.push_async_callback(runtime.feed().close)
        stack.push_async_callback(runtime.extractor().close)
        application = create_operations_app(
            "converter",
            {
                "preparation": preparation.check,
                "MongoDB": lambda: runtime.outbox().pending(limit=1),
                "RabbitMQ": broker.check,
            },
        )
        return await run_service(
            application,
            workers,
            listening,
            metrics=metrics,
            drain=settings.drain,
            limits=ConnectionLimits.of(settings),
        )
