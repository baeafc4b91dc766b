"""The composition root of the gateway: its adapters for MongoDB, RabbitMQ and auth, and its use cases."""

import operator
from collections.abc import Mapping
from contextlib import AsyncExitStack

from dependency_injector import containers, providers

from tracklift_adapters.auth_service.api_keys import AuthServiceApiKeys
from tracklift_adapters.auth_service.client import AuthService
from tracklift_adapters.mongodb.access_ends import MongoAccessEndRepository
from tracklift_adapters.mongodb.audio_ledger import MongoAudioLedger
from tracklift_adapters.mongodb.conversion_inventory import MongoConversionInventory
from tracklift_adapters.mongodb.conversions import MongoConversionRepository
from tracklift_adapters.mongodb.database import MongoDatabase
from tracklift_adapters.mongodb.growing_media import GridFsGrowingMedia
from tracklift_adapters.mongodb.guess_counts import MongoGuessCounts
from tracklift_adapters.mongodb.key_cache import MongoKeyCache
from tracklift_adapters.mongodb.media_store import GridFsMediaStore
from tracklift_adapters.mongodb.outbox import MongoOutbox
from tracklift_adapters.mongodb.rate_counts import MongoRateCounts
from tracklift_adapters.mongodb.user_quotas import MongoUserQuotas
from tracklift_adapters.mongodb.verified_addresses import MongoVerifiedAddresses
from tracklift_adapters.mp4.file_kinds import Mp4FileKinds
from tracklift_adapters.prometheus.consumer import CountedConsumer
from tracklift_adapters.prometheus.media_losses import CountedMediaLosses
from tracklift_adapters.prometheus.publisher import CountedPublisher
from tracklift_adapters.rabbitmq.broker import RabbitMqBroker
from tracklift_adapters.rabbitmq.update_feed import RabbitMqUpdateFeed
from tracklift_adapters.security.published_keys import FetchedKeysTokenVerifier
from tracklift_adapters.system.clock import SystemClock
from tracklift_adapters.system.identifiers import RandomIdentifiers
from tracklift_domain.conversion.announcing.announce_outcomes_again import AnnounceOutcomesAgain
from tracklift_domain.messaging.relay_outbox import RelayOutbox
from tracklift_domain.user.access.ended_access import EndedAccess, EndedAccessPolicy
from tracklift_domain.user.api_key.policies import RememberedKeyPolicy
from tracklift_domain.user.api_key.remember_api_keys import RememberApiKeys
from tracklift_domain.user.password.policies import GuessPolicy
from tracklift_gateway.browser_sessions import AuthServiceSessions
from tracklift_gateway.key_refresh import KeyRefresh
from tracklift_gateway.provider_sign_in import AuthServiceProviderSignIn
from tracklift_gateway.settings import GatewaySettings
from tracklift_gateway.shared_renewals import SharedRenewals
from tracklift_gateway.use_cases import GatewayUseCases
from tracklift_runtime.closing import closing
from tracklift_runtime.cloud_events import decode_event


class GatewayContainer(containers.DeclarativeContainer):
    """Nothing connects before it is used; `exits` closes what was made, in reverse order."""

    settings: providers.Dependency[GatewaySettings] = providers.Dependency(instance_of=GatewaySettings)
    exits: providers.Singleton[AsyncExitStack] = providers.Singleton(AsyncExitStack)
    limits = settings.provided.limits
    retention = settings.provided.retention
    attempts = settings.provided.attempt_policy

    clock = providers.Singleton(SystemClock)
    identifiers = providers.Singleton(RandomIdentifiers)

    database = providers.Singleton(
        closing(MongoDatabase, MongoDatabase.close), exits, settings.provided.mongodb_url
    )
    outbox = providers.Singleton(MongoOutbox, database)
    rate_counts = providers.Singleton(MongoRateCounts, database)
    guess_counts = providers.Singleton(MongoGuessCounts, database, providers.Factory(GuessPolicy))
    conversions = providers.Singleton(MongoConversionRepository, database, outbox)
    inventory = providers.Singleton(MongoConversionInventory, database)
    media = providers.Singleton(closing(GridFsMediaStore, GridFsMediaStore.close), exits, database, clock)
    growing = providers.Singleton(GridFsGrowingMedia, database, clock)
    kinds = providers.Singleton(Mp4FileKinds)
    losses = providers.Singleton(CountedMediaLosses)
    access_ends = providers.Singleton(MongoAccessEndRepository, database)
    ended_access = providers.Singleton(
        EndedAccess, ends=access_ends, clock=clock, policy=providers.Factory(EndedAccessPolicy)
    )
    verified = providers.Singleton(MongoVerifiedAddresses, database)
    ledger = providers.Singleton(MongoAudioLedger, database)
    user_quotas = providers.Singleton(MongoUserQuotas, database)

    broker = providers.Singleton(
        closing(RabbitMqBroker.of, RabbitMqBroker.close), exits, settings, clock, name="gateway"
    )
    feed = providers.Singleton(
        closing(RabbitMqUpdateFeed.of, RabbitMqUpdateFeed.close), exits, settings, name="gateway"
    )
    publisher = providers.Singleton(CountedPublisher, broker)
    consumer = providers.Singleton(CountedConsumer, broker)
    relay = providers.Singleton(RelayOutbox, outbox, publisher)

    auth_service = providers.Singleton(
        closing(AuthService, AuthService.close), exits, settings.provided.auth_url
    )
    auth_service_keys = providers.Singleton(
        closing(AuthServiceApiKeys, AuthServiceApiKeys.close), exits, settings.provided.auth_url
    )
    api_keys = providers.Singleton(
        RememberApiKeys,
        verifier=auth_service_keys,
        clock=clock,
        policy=providers.Factory(RememberedKeyPolicy),
        ended_access=ended_access,
    )
    browser_sessions = providers.Singleton(
        SharedRenewals, providers.Singleton(AuthServiceSessions, auth_service), clock
    )
    provider_sign_in = providers.Singleton(AuthServiceProviderSignIn, auth_service)
    verifier = providers.Singleton(FetchedKeysTokenVerifier, issuer=settings.provided.public_url)
    key_cache = providers.Singleton(MongoKeyCache, database)
    key_refresh = providers.Singleton(KeyRefresh, auth_service, key_cache, verifier)

    use_cases = providers.Container(
        GatewayUseCases,
        conversions=conversions,
        media=media,
        growing=growing,
        kinds=kinds,
        losses=losses,
        feed=feed,
        # Not counted, since it publishes what is counted already.
        publisher=broker,
        queues=broker,
        dead_letters=broker,
        read_event=providers.Object(decode_event),
        verifier=verifier,
        verified=verified,
        ledger=ledger,
        user_quotas=user_quotas,
        ended_access=ended_access,
        api_keys=api_keys,
        browser_sessions=browser_sessions,
        provider_sign_in=provider_sign_in,
        public_url=settings.provided.public_url,
        clock=clock,
        identifiers=identifiers,
        limits=limits,
        retention=retention,
        attempts=attempts,
        event_streams_per_user=settings.provided.event_streams_per_user,
        verified_required=providers.Callable(operator.not_, settings.provided.unverified_uploads),
        uploads_per_hour=settings.provided.uploads_per_hour,
    )
    announce_outcomes_again = providers.Singleton(
        AnnounceOutcomesAgain, inventory=inventory, publisher=broker
    )


def build(settings: GatewaySettings, overrides: Mapping[str, object] | None = None) -> GatewayContainer:
    """Wire the gateway. `overrides` replaces providers by their names, with an object or another provider."""
    return GatewayContainer(settings=settings, **(overrides or {}))
