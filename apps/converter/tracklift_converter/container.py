"""The composition root of the converter: its adapters for MongoDB and RabbitMQ, its engines, and its use cases."""

import socket
from collections.abc import Mapping
from contextlib import AsyncExitStack
from uuid import uuid4

from dependency_injector import containers, providers

from tracklift_adapters.extraction_process.host.extractor import ProcessAudioExtractor
from tracklift_adapters.mongodb.audio_ledger import MongoAudioLedger
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
from tracklift_adapters.sound_extract.reducer import SoundExtractReducer
from tracklift_adapters.system.clock import SystemClock
from tracklift_converter.engines import ENGINES, PRELOADED
from tracklift_converter.settings import ConverterSettings
from tracklift_converter.use_cases import ConverterUseCases
from tracklift_domain.conversion.running.redrive_dead_letter import RedriveDeadLetter
from tracklift_domain.messaging.relay_outbox import RelayOutbox
from tracklift_runtime.closing import closing
from tracklift_runtime.cloud_events import decode_event


class ConverterContainer(containers.DeclarativeContainer):
    """Nothing connects before it is used; `exits` closes what was made, in reverse order."""

    settings: providers.Dependency[ConverterSettings] = providers.Dependency(instance_of=ConverterSettings)
    exits: providers.Singleton[AsyncExitStack] = providers.Singleton(AsyncExitStack)
    retention = settings.provided.retention
    attempts = settings.provided.attempt_policy

    clock = providers.Singleton(SystemClock)
    holder = providers.Singleton(lambda: f"{socket.gethostname()}-{uuid4().hex[:8]}")

    database = providers.Singleton(
        closing(MongoDatabase, MongoDatabase.close), exits, settings.provided.mongodb_url
    )
    outbox = providers.Singleton(MongoOutbox, database)
    conversions = providers.Singleton(MongoConversionRepository, database, outbox)
    media = providers.Singleton(closing(GridFsMediaStore, GridFsMediaStore.close), exits, database, clock)
    losses = providers.Singleton(CountedMediaLosses)
    verified = providers.Singleton(MongoVerifiedAddresses, database)
    ledger = providers.Singleton(MongoAudioLedger, database)

    broker = providers.Singleton(
        closing(RabbitMqBroker.of, RabbitMqBroker.close), exits, settings, clock, name="converter"
    )
    # No client watches conversions here.
    feed = providers.Singleton(
        closing(RabbitMqUpdateFeed.of, RabbitMqUpdateFeed.close),
        exits,
        settings,
        name="converter",
        listens=False,
    )
    publisher = providers.Singleton(CountedPublisher, broker)
    consumer = providers.Singleton(CountedConsumer, broker)
    relay = providers.Singleton(RelayOutbox, outbox, publisher)

    inspector = providers.Singleton(Mp4Inspector)
    reducer = providers.Singleton(SoundExtractReducer)
    extractor = providers.Singleton(
        closing(ProcessAudioExtractor, ProcessAudioExtractor.close),
        exits,
        settings.provided.scratch_folder,
        engines=ENGINES,
        preload=PRELOADED,
        stall_timeout=settings.provided.longest_stall.total_seconds.call(),
    )

    use_cases = providers.Container(
        ConverterUseCases,
        conversions=conversions,
        media=media,
        losses=losses,
        feed=feed,
        inspector=inspector,
        reducer=reducer,
        extractor=extractor,
        verified=verified,
        ledger=ledger,
        clock=clock,
        holder=holder,
        attempts=attempts,
        retention=retention,
        longest_audio=settings.provided.longest_audio,
    )
    redrive_dead_letter = providers.Singleton(
        RedriveDeadLetter,
        dead_letters=broker,
        read_event=providers.Object(decode_event),
        conversions=conversions,
        clock=clock,
        attempts=attempts,
    )


def build(settings: ConverterSettings, overrides: Mapping[str, object] | None = None) -> ConverterContainer:
    """Wire the converter. `overrides` replaces providers by their names, with an object or another provider."""
    return ConverterContainer(settings=settings, **(overrides or {}))
