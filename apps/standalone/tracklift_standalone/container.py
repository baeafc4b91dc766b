"""The composition root of Tracklift in one process: adapters that use a data folder, and the use cases of all apps."""

import operator
from collections.abc import Mapping
from contextlib import AsyncExitStack

from dependency_injector import containers, providers

from tracklift_adapters.extraction_process.host.extractor import ProcessAudioExtractor
from tracklift_adapters.filesystem.growing_media import FileGrowingMedia
from tracklift_adapters.filesystem.media_store import FileMediaStore
from tracklift_adapters.in_memory.update_feed import InMemoryUpdateFeed
from tracklift_adapters.local_queue.local_queue import LocalQueue
from tracklift_adapters.mail_templates.composer import TemplateMailComposer
from tracklift_adapters.mailbox.mailer import MailboxMailer
from tracklift_adapters.mp4.file_kinds import Mp4FileKinds
from tracklift_adapters.mp4.inspector import Mp4Inspector
from tracklift_adapters.openid.providers import open_id_providers
from tracklift_adapters.password_list.common_passwords import ListedPasswords
from tracklift_adapters.prometheus.consumer import CountedConsumer
from tracklift_adapters.prometheus.media_losses import CountedMediaLosses
from tracklift_adapters.prometheus.publisher import CountedPublisher
from tracklift_adapters.security.device_codes import EncryptedDeviceCodes
from tracklift_adapters.security.one_time_codes import TotpCodes
from tracklift_adapters.security.password_hasher import Argon2PasswordHasher
from tracklift_adapters.security.signing_key import load_or_create_signing_key
from tracklift_adapters.security.token_issuer import Ed25519TokenIssuer
from tracklift_adapters.security.token_verifier import Ed25519TokenVerifier
from tracklift_adapters.smtp.mailer import SmtpMailer
from tracklift_adapters.sound_extract.reducer import SoundExtractReducer
from tracklift_adapters.sql.access_ends import SqlAccessEndRepository
from tracklift_adapters.sql.api_keys import SqlApiKeyRepository
from tracklift_adapters.sql.audio_ledger import SqlAudioLedger
from tracklift_adapters.sql.conversions import SqlConversionRepository
from tracklift_adapters.sql.database import SqlDatabase
from tracklift_adapters.sql.delivery_log import SqlDeliveryLog
from tracklift_adapters.sql.engine import create_engine
from tracklift_adapters.sql.external_identities import SqlExternalIdentityRepository
from tracklift_adapters.sql.hourly_mails import SqlHourlyMails
from tracklift_adapters.sql.mailed_tokens import SqlMailedTokenRepository
from tracklift_adapters.sql.outbox import SqlOutbox
from tracklift_adapters.sql.second_factors import SqlSecondFactorRepository
from tracklift_adapters.sql.sessions import SqlSessionRepository
from tracklift_adapters.sql.user_quotas import SqlUserQuotas
from tracklift_adapters.sql.users import SqlUserRepository
from tracklift_adapters.sql.verified_addresses import SqlVerifiedAddresses
from tracklift_adapters.system.clock import SystemClock
from tracklift_adapters.system.identifiers import RandomIdentifiers
from tracklift_auth.use_cases import AuthUseCases
from tracklift_converter.engines import ENGINES, PRELOADED
from tracklift_converter.use_cases import ConverterUseCases
from tracklift_domain.conversion.running.redrive_dead_letter import RedriveDeadLetter
from tracklift_domain.messaging.policies import RedeliveryPolicy
from tracklift_domain.messaging.relay_outbox import RelayOutbox
from tracklift_domain.user.access.ended_access import EndedAccess, EndedAccessPolicy
from tracklift_domain.user.api_key.policies import RememberedKeyPolicy
from tracklift_domain.user.api_key.remember_api_keys import RememberApiKeys
from tracklift_gateway.shared_renewals import SharedRenewals
from tracklift_gateway.use_cases import GatewayUseCases
from tracklift_notification.use_cases import NotificationUseCases
from tracklift_runtime.closing import closing
from tracklift_runtime.cloud_events import decode_event
from tracklift_standalone.provider_sign_in import ProviderSignInHere
from tracklift_standalone.settings import StandaloneSettings
from tracklift_standalone.sign_in import SessionsHere
from tracklift_standalone.trusted_addresses import TrustedAddresses


def _addresses_are(settings: StandaloneSettings) -> str:
    return "trusted" if settings.mails_unverified else "verified"


def _mail_goes_to(settings: StandaloneSettings) -> str:
    return "mailbox" if settings.smtp_host is None else "smtp"


class StandaloneContainer(containers.DeclarativeContainer):
    """Nothing is opened before it is used; `exits` closes what was made, in reverse order."""

    settings: providers.Dependency[StandaloneSettings] = providers.Dependency(instance_of=StandaloneSettings)
    exits: providers.Singleton[AsyncExitStack] = providers.Singleton(AsyncExitStack)
    public_url = settings.provided.public_url
    limits = settings.provided.limits
    retention = settings.provided.retention
    attempts = settings.provided.attempt_policy

    registration_policy = settings.provided.registration_policy

    clock = providers.Singleton(SystemClock)
    identifiers = providers.Singleton(RandomIdentifiers)
    feed = providers.Singleton(InMemoryUpdateFeed)

    engine = providers.Singleton(
        closing(create_engine, lambda engine: engine.dispose()), exits, settings.provided.database_url
    )
    database = providers.Singleton(SqlDatabase, engine)
    outbox = providers.Singleton(SqlOutbox, database)
    conversions = providers.Singleton(SqlConversionRepository, database, outbox)
    users = providers.Singleton(SqlUserRepository, database, outbox)
    sessions = providers.Singleton(SqlSessionRepository, database, outbox)
    mailed_tokens = providers.Singleton(SqlMailedTokenRepository, database, outbox)
    stored_api_keys = providers.Singleton(SqlApiKeyRepository, database, outbox)
    external_identities = providers.Singleton(SqlExternalIdentityRepository, database, outbox)
    second_factors = providers.Singleton(SqlSecondFactorRepository, database, outbox)
    one_time_codes = providers.Singleton(TotpCodes)
    identity_providers = providers.Singleton(
        open_id_providers, settings.provided.openid_providers, clock, public_url
    )
    access_ends = providers.Singleton(SqlAccessEndRepository, database)
    ended_access = providers.Singleton(
        EndedAccess, ends=access_ends, clock=clock, policy=providers.Factory(EndedAccessPolicy)
    )
    delivery_log = providers.Singleton(SqlDeliveryLog, database)
    mails = providers.Singleton(SqlHourlyMails, database)
    ledger = providers.Singleton(SqlAudioLedger, database)
    user_quotas = providers.Singleton(SqlUserQuotas, database)
    verified = providers.Selector(
        providers.Callable(_addresses_are, settings),
        trusted=providers.Singleton(TrustedAddresses),
        verified=providers.Singleton(SqlVerifiedAddresses, database),
    )

    media = providers.Singleton(
        closing(FileMediaStore, FileMediaStore.close), exits, settings.provided.media_folder, clock
    )
    growing = providers.Singleton(FileGrowingMedia, media, clock)
    kinds = providers.Singleton(Mp4FileKinds)
    losses = providers.Singleton(CountedMediaLosses)

    queue = providers.Singleton(
        closing(LocalQueue, LocalQueue.close),
        exits,
        settings.provided.queue_file,
        clock,
        providers.Factory(RedeliveryPolicy),
    )
    publisher = providers.Singleton(CountedPublisher, queue)
    consumer = providers.Singleton(CountedConsumer, queue)
    relay = providers.Singleton(RelayOutbox, outbox, publisher)
    redrive_dead_letter = providers.Singleton(
        RedriveDeadLetter,
        dead_letters=queue,
        read_event=providers.Object(decode_event),
        conversions=conversions,
        clock=clock,
        attempts=attempts,
    )

    hasher = providers.Singleton(
        closing(Argon2PasswordHasher, Argon2PasswordHasher.close),
        exits,
        threads=settings.provided.password_threads,
        waiting=settings.provided.password_queue,
    )
    common_passwords = providers.Singleton(ListedPasswords)
    signing_key = providers.Singleton(load_or_create_signing_key, settings.provided.signing_key_file)
    device_codes = providers.Singleton(EncryptedDeviceCodes, signing_key)
    issuer = providers.Singleton(
        Ed25519TokenIssuer, signing_key, issuer=public_url, lifetime=settings.provided.access_token_lasts
    )
    verifier = providers.Singleton(
        Ed25519TokenVerifier, issuer.provided.published_keys.call(), issuer=public_url
    )

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
    composer = providers.Singleton(TemplateMailComposer, public_url)
    mailer = providers.Selector(
        providers.Callable(_mail_goes_to, settings),
        mailbox=providers.Singleton(
            closing(MailboxMailer, MailboxMailer.close),
            exits,
            settings.provided.mailbox_folder,
            clock,
            sender=settings.provided.mail_from,
        ),
        smtp=providers.Singleton(
            SmtpMailer, settings.provided.smtp_server, clock, sender=settings.provided.mail_from
        ),
    )

    auth = providers.Container(
        AuthUseCases,
        users=users,
        sessions=sessions,
        mailed_tokens=mailed_tokens,
        api_keys=stored_api_keys,
        external_identities=external_identities,
        second_factors=second_factors,
        one_time_codes=one_time_codes,
        identity_providers=identity_providers,
        device_codes=device_codes,
        hasher=hasher,
        common_passwords=common_passwords,
        issuer=issuer,
        clock=clock,
        identifiers=identifiers,
        session_lasts=settings.provided.session_lasts,
        mailed_token_policy=settings.provided.mailed_token_policy,
        api_key_policy=settings.provided.api_key_policy,
        registration_policy=registration_policy,
    )
    api_keys = providers.Singleton(
        RememberApiKeys,
        verifier=auth.verify_api_key,
        clock=clock,
        policy=providers.Factory(RememberedKeyPolicy),
        ended_access=ended_access,
    )
    browser_sessions = providers.Singleton(
        SharedRenewals,
        providers.Singleton(SessionsHere, auth.log_in, auth.refresh_session, auth.end_session),
        clock,
    )
    provider_sign_in = providers.Singleton(
        ProviderSignInHere, auth.begin_provider_sign_in, auth.sign_in_with_provider
    )
    gateway = providers.Container(
        GatewayUseCases,
        conversions=conversions,
        media=media,
        growing=growing,
        kinds=kinds,
        losses=losses,
        feed=feed,
        # Not counted, since it publishes what is counted already.
        publisher=queue,
        queues=queue,
        dead_letters=queue,
        read_event=providers.Object(decode_event),
        verifier=verifier,
        verified=verified,
        ledger=ledger,
        user_quotas=user_quotas,
        ended_access=ended_access,
        api_keys=api_keys,
        browser_sessions=browser_sessions,
        provider_sign_in=provider_sign_in,
        public_url=public_url,
        clock=clock,
        identifiers=identifiers,
        limits=limits,
        retention=retention,
        attempts=attempts,
        event_streams_per_user=settings.provided.event_streams_per_user,
        verified_required=providers.Callable(operator.not_, settings.provided.unverified_uploads),
        uploads_per_hour=settings.provided.uploads_per_hour,
    )
    converter = providers.Container(
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
        holder=providers.Object("standalone"),
        attempts=attempts,
        retention=retention,
        longest_audio=settings.provided.longest_audio,
    )
    notification = providers.Container(
        NotificationUseCases,
        composer=composer,
        mailer=mailer,
        delivery_log=delivery_log,
        publisher=publisher,
        clock=clock,
        mails=mails,
        mails_per_hour=settings.provided.mails_per_hour,
    )


def build(settings: StandaloneSettings, overrides: Mapping[str, object] | None = None) -> StandaloneContainer:
    """Wire Tracklift. `overrides` replaces providers by their names, with an object or another provider."""
    return StandaloneContainer(settings=settings, **(overrides or {}))
