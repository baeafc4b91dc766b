"""The composition root of auth: its adapters for MySQL and RabbitMQ, and its use cases."""

from collections.abc import Mapping
from contextlib import AsyncExitStack

from dependency_injector import containers, providers

from tracklift_adapters.openid.providers import open_id_providers
from tracklift_adapters.password_list.common_passwords import ListedPasswords
from tracklift_adapters.prometheus.publisher import CountedPublisher
from tracklift_adapters.rabbitmq.broker import RabbitMqBroker
from tracklift_adapters.security.device_codes import EncryptedDeviceCodes
from tracklift_adapters.security.one_time_codes import TotpCodes
from tracklift_adapters.security.password_hasher import Argon2PasswordHasher
from tracklift_adapters.security.signing_key import load_signing_key
from tracklift_adapters.security.token_issuer import Ed25519TokenIssuer
from tracklift_adapters.security.token_verifier import Ed25519TokenVerifier
from tracklift_adapters.sql.api_keys import SqlApiKeyRepository
from tracklift_adapters.sql.database import SqlDatabase
from tracklift_adapters.sql.engine import create_engine
from tracklift_adapters.sql.external_identities import SqlExternalIdentityRepository
from tracklift_adapters.sql.mailed_tokens import SqlMailedTokenRepository
from tracklift_adapters.sql.outbox import SqlOutbox
from tracklift_adapters.sql.second_factors import SqlSecondFactorRepository
from tracklift_adapters.sql.sessions import SqlSessionRepository
from tracklift_adapters.sql.users import SqlUserRepository
from tracklift_adapters.system.clock import SystemClock
from tracklift_adapters.system.identifiers import RandomIdentifiers
from tracklift_auth.settings import AuthSettings
from tracklift_auth.use_cases import AuthUseCases
from tracklift_domain.messaging.relay_outbox import RelayOutbox
from tracklift_domain.user.access.identify_caller import IdentifyCaller
from tracklift_domain.user.api_key.identify_bearer import IdentifyBearer
from tracklift_runtime.closing import closing


class AuthContainer(containers.DeclarativeContainer):
    """Nothing connects before it is used; `exits` closes what was made, in reverse order."""

    settings: providers.Dependency[AuthSettings] = providers.Dependency(instance_of=AuthSettings)
    exits: providers.Singleton[AsyncExitStack] = providers.Singleton(AsyncExitStack)

    registration_policy = settings.provided.registration_policy

    clock = providers.Singleton(SystemClock)
    identifiers = providers.Singleton(RandomIdentifiers)

    engine = providers.Singleton(
        closing(create_engine, lambda engine: engine.dispose()), exits, settings.provided.mysql_url
    )
    database = providers.Singleton(SqlDatabase, engine)
    outbox = providers.Singleton(SqlOutbox, database)
    users = providers.Singleton(SqlUserRepository, database, outbox)
    sessions = providers.Singleton(SqlSessionRepository, database, outbox)
    mailed_tokens = providers.Singleton(SqlMailedTokenRepository, database, outbox)
    api_keys = providers.Singleton(SqlApiKeyRepository, database, outbox)
    external_identities = providers.Singleton(SqlExternalIdentityRepository, database, outbox)
    second_factors = providers.Singleton(SqlSecondFactorRepository, database, outbox)
    one_time_codes = providers.Singleton(TotpCodes)
    identity_providers = providers.Singleton(
        open_id_providers, settings.provided.openid_providers, clock, settings.provided.public_url
    )

    broker = providers.Singleton(
        closing(RabbitMqBroker.of, RabbitMqBroker.close), exits, settings, clock, name="auth"
    )
    publisher = providers.Singleton(CountedPublisher, broker)
    relay = providers.Singleton(RelayOutbox, outbox, publisher)

    hasher = providers.Singleton(
        closing(Argon2PasswordHasher, Argon2PasswordHasher.close),
        exits,
        threads=settings.provided.password_threads,
        waiting=settings.provided.password_queue,
    )
    common_passwords = providers.Singleton(ListedPasswords)
    signing_key = providers.Singleton(load_signing_key, settings.provided.signing_key_file)
    device_codes = providers.Singleton(EncryptedDeviceCodes, signing_key)
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

    use_cases = providers.Container(
        AuthUseCases,
        users=users,
        sessions=sessions,
        mailed_tokens=mailed_tokens,
        api_keys=api_keys,
        external_identities=external_identities,
        identity_providers=identity_providers,
        device_codes=device_codes,
        second_factors=second_factors,
        one_time_codes=one_time_codes,
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
    identify_bearer = providers.Singleton(
        IdentifyBearer, identify_caller=identify_caller, keys=use_cases.verify_api_key, sessions=sessions
    )


def build(settings: AuthSettings, overrides: Mapping[str, object] | None = None) -> AuthContainer:
    """Wire auth. `overrides` replaces providers by their names, with an object or another provider."""
    return AuthContainer(settings=settings, **(overrides or {}))
