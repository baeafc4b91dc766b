"""The use cases of auth, on whichever adapters an app has."""

from collections.abc import Mapping
from datetime import timedelta

from dependency_injector import containers, providers

from tracklift_domain.clock import Clock
from tracklift_domain.identifiers import IdentifierSource
from tracklift_domain.user.begin_provider_sign_in import BeginProviderSignIn
from tracklift_domain.user.change_password import ChangePassword
from tracklift_domain.user.create_api_key import CreateApiKey
from tracklift_domain.user.delete_user import DeleteUser
from tracklift_domain.user.end_own_sessions import EndOwnSessions
from tracklift_domain.user.end_session import EndSession
from tracklift_domain.user.get_user import GetUser
from tracklift_domain.user.link_sender import LinkSender
from tracklift_domain.user.list_api_keys import ListApiKeys
from tracklift_domain.user.list_sessions import ListSessions
from tracklift_domain.user.log_in import LogIn
from tracklift_domain.user.policies import ApiKeyPolicy, MailedTokenPolicy
from tracklift_domain.user.ports import (
    AccessTokenIssuer,
    ApiKeyRepository,
    ExternalIdentityRepository,
    IdentityProvider,
    MailedTokenRepository,
    PasswordHasher,
    SessionRepository,
    UserRepository,
)
from tracklift_domain.user.redeeming import TokenRedeemer
from tracklift_domain.user.refresh_session import RefreshSession
from tracklift_domain.user.register_user import RegisterUser
from tracklift_domain.user.registration import RegistrationPolicy
from tracklift_domain.user.request_email_verification import RequestEmailVerification
from tracklift_domain.user.request_password_reset import RequestPasswordReset
from tracklift_domain.user.reset_password import ResetPassword
from tracklift_domain.user.revoke_api_key import RevokeApiKey
from tracklift_domain.user.sessions import SessionKeeper
from tracklift_domain.user.sign_in_with_provider import SignInWithProvider
from tracklift_domain.user.verify_api_key import VerifyApiKey
from tracklift_domain.user.verify_email import VerifyEmail


class AuthUseCases(containers.DeclarativeContainer):
    """The use cases behind auth's routes."""

    users: providers.Dependency[UserRepository] = providers.Dependency()
    sessions: providers.Dependency[SessionRepository] = providers.Dependency()
    mailed_tokens: providers.Dependency[MailedTokenRepository] = providers.Dependency()
    api_keys: providers.Dependency[ApiKeyRepository] = providers.Dependency()
    external_identities: providers.Dependency[ExternalIdentityRepository] = providers.Dependency()
    identity_providers: providers.Dependency[Mapping[str, IdentityProvider]] = providers.Dependency()
    hasher: providers.Dependency[PasswordHasher] = providers.Dependency()
    issuer: providers.Dependency[AccessTokenIssuer] = providers.Dependency()
    clock: providers.Dependency[Clock] = providers.Dependency()
    identifiers: providers.Dependency[IdentifierSource] = providers.Dependency()
    session_lasts: providers.Dependency[timedelta] = providers.Dependency(instance_of=timedelta)
    mailed_token_policy: providers.Dependency[MailedTokenPolicy] = providers.Dependency(
        instance_of=MailedTokenPolicy
    )
    registration_policy: providers.Dependency[RegistrationPolicy] = providers.Dependency(
        instance_of=RegistrationPolicy
    )
    api_key_policy: providers.Dependency[ApiKeyPolicy] = providers.Dependency(instance_of=ApiKeyPolicy)

    keeper = providers.Singleton(
        SessionKeeper,
        sessions=sessions,
        issuer=issuer,
        clock=clock,
        identifiers=identifiers,
        lasts=session_lasts,
    )
    links = providers.Singleton(
        LinkSender, tokens=mailed_tokens, clock=clock, identifiers=identifiers, policy=mailed_token_policy
    )
    redeemer = providers.Singleton(TokenRedeemer, tokens=mailed_tokens, users=users, clock=clock)
    register_user = providers.Singleton(
        RegisterUser,
        users=users,
        hasher=hasher,
        clock=clock,
        identifiers=identifiers,
        links=links,
        policy=registration_policy,
    )
    log_in = providers.Singleton(LogIn, users=users, hasher=hasher, sessions=keeper)
    refresh_session = providers.Singleton(
        RefreshSession, users=users, sessions=sessions, keeper=keeper, clock=clock
    )
    end_session = providers.Singleton(EndSession, sessions=sessions, clock=clock)
    list_sessions = providers.Singleton(ListSessions, sessions=sessions, clock=clock)
    end_own_sessions = providers.Singleton(
        EndOwnSessions, sessions=sessions, clock=clock, identifiers=identifiers
    )
    change_password = providers.Singleton(
        ChangePassword, users=users, sessions=sessions, hasher=hasher, clock=clock
    )
    get_user = providers.Singleton(GetUser, users=users)
    delete_user = providers.Singleton(DeleteUser, users=users, clock=clock)
    request_email_verification = providers.Singleton(RequestEmailVerification, users=users, links=links)
    verify_email = providers.Singleton(VerifyEmail, redeemer=redeemer)
    request_password_reset = providers.Singleton(RequestPasswordReset, users=users, links=links)
    reset_password = providers.Singleton(ResetPassword, redeemer=redeemer, hasher=hasher)
    create_api_key = providers.Singleton(
        CreateApiKey, keys=api_keys, clock=clock, identifiers=identifiers, policy=api_key_policy
    )
    list_api_keys = providers.Singleton(ListApiKeys, keys=api_keys)
    revoke_api_key = providers.Singleton(RevokeApiKey, keys=api_keys, clock=clock)
    verify_api_key = providers.Singleton(VerifyApiKey, keys=api_keys, users=users, clock=clock)
    begin_provider_sign_in = providers.Singleton(
        BeginProviderSignIn, providers=identity_providers, identifiers=identifiers
    )
    sign_in_with_provider = providers.Singleton(
        SignInWithProvider,
        providers=identity_providers,
        users=users,
        identities=external_identities,
        sessions=keeper,
        clock=clock,
        identifiers=identifiers,
        policy=registration_policy,
    )
