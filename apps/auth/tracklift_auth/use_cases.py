"""The use cases of auth, for any set of adapters."""

from collections.abc import Mapping
from datetime import timedelta

from dependency_injector import containers, providers

from tracklift_domain.clock import Clock
from tracklift_domain.identifiers import IdentifierSource
from tracklift_domain.user.access.ports import AccessTokenIssuer
from tracklift_domain.user.access.require_role import RequireRole
from tracklift_domain.user.account.change_email import ConfirmEmailChange, RequestEmailChange
from tracklift_domain.user.account.change_password import ChangePassword
from tracklift_domain.user.account.delete_user import DeleteUser
from tracklift_domain.user.account.export_account import ExportAccount
from tracklift_domain.user.account.get_user import GetUser
from tracklift_domain.user.administration.change_user import ChangeUser
from tracklift_domain.user.administration.create_user import CreateUser
from tracklift_domain.user.administration.invite_user import InviteUser
from tracklift_domain.user.administration.list_users import ListUsers
from tracklift_domain.user.administration.remove_user import RemoveUser
from tracklift_domain.user.administration.remove_users_second_factor import RemoveUsersSecondFactor
from tracklift_domain.user.administration.send_password_reset import SendPasswordReset
from tracklift_domain.user.api_key.create_api_key import CreateApiKey
from tracklift_domain.user.api_key.list_api_keys import ListApiKeys
from tracklift_domain.user.api_key.policies import ApiKeyPolicy
from tracklift_domain.user.api_key.ports import ApiKeyRepository
from tracklift_domain.user.api_key.revoke_api_key import RevokeApiKey
from tracklift_domain.user.api_key.verify_api_key import VerifyApiKey
from tracklift_domain.user.mailed_link.link_sender import LinkSender
from tracklift_domain.user.mailed_link.policies import MailedTokenPolicy
from tracklift_domain.user.mailed_link.ports import MailedTokenRepository
from tracklift_domain.user.mailed_link.redeeming import TokenRedeemer
from tracklift_domain.user.mailed_link.request_email_verification import RequestEmailVerification
from tracklift_domain.user.mailed_link.request_password_reset import RequestPasswordReset
from tracklift_domain.user.mailed_link.reset_password import ResetPassword
from tracklift_domain.user.mailed_link.verify_email import VerifyEmail
from tracklift_domain.user.password.password_check import PasswordCheck
from tracklift_domain.user.password.password_rules import PasswordRules
from tracklift_domain.user.password.ports import CommonPasswords, PasswordHasher
from tracklift_domain.user.ports import UserRepository
from tracklift_domain.user.registration.accept_invitation import AcceptInvitation
from tracklift_domain.user.registration.register_user import RegisterUser
from tracklift_domain.user.registration.registration import RegistrationPolicy
from tracklift_domain.user.second_factor.begin_second_factor import BeginSecondFactor
from tracklift_domain.user.second_factor.check_second_factor import CheckSecondFactor
from tracklift_domain.user.second_factor.confirm_second_factor import ConfirmSecondFactor
from tracklift_domain.user.second_factor.get_second_factor import GetSecondFactor
from tracklift_domain.user.second_factor.ports import OneTimeCodes, SecondFactorRepository
from tracklift_domain.user.second_factor.remove_second_factor import RemoveSecondFactor
from tracklift_domain.user.session.end_own_sessions import EndOwnSessions
from tracklift_domain.user.session.end_session import EndSession
from tracklift_domain.user.session.list_sessions import ListSessions
from tracklift_domain.user.session.log_in import LogIn
from tracklift_domain.user.session.ports import SessionRepository
from tracklift_domain.user.session.refresh_session import RefreshSession
from tracklift_domain.user.session.session_keeper import SessionKeeper
from tracklift_domain.user.sign_in_provider.begin_device_sign_in import BeginDeviceSignIn
from tracklift_domain.user.sign_in_provider.begin_provider_sign_in import BeginProviderSignIn
from tracklift_domain.user.sign_in_provider.complete_device_sign_in import CompleteDeviceSignIn
from tracklift_domain.user.sign_in_provider.open_provider_session import OpenProviderSession
from tracklift_domain.user.sign_in_provider.policies import DeviceSignInPolicy
from tracklift_domain.user.sign_in_provider.poll_pace import PollPace
from tracklift_domain.user.sign_in_provider.ports import (
    DeviceCodes,
    ExternalIdentityRepository,
    IdentityProvider,
)
from tracklift_domain.user.sign_in_provider.sign_in_with_provider import SignInWithProvider


class AuthUseCases(containers.DeclarativeContainer):
    """The use cases behind auth's routes."""

    users: providers.Dependency[UserRepository] = providers.Dependency()
    sessions: providers.Dependency[SessionRepository] = providers.Dependency()
    mailed_tokens: providers.Dependency[MailedTokenRepository] = providers.Dependency()
    api_keys: providers.Dependency[ApiKeyRepository] = providers.Dependency()
    external_identities: providers.Dependency[ExternalIdentityRepository] = providers.Dependency()
    identity_providers: providers.Dependency[Mapping[str, IdentityProvider]] = providers.Dependency()
    device_codes: providers.Dependency[DeviceCodes] = providers.Dependency()
    second_factors: providers.Dependency[SecondFactorRepository] = providers.Dependency()
    one_time_codes: providers.Dependency[OneTimeCodes] = providers.Dependency()
    hasher: providers.Dependency[PasswordHasher] = providers.Dependency()
    common_passwords: providers.Dependency[CommonPasswords] = providers.Dependency()
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
    passwords = providers.Singleton(PasswordRules, common=common_passwords)
    redeemer = providers.Singleton(TokenRedeemer, tokens=mailed_tokens, users=users, clock=clock)
    register_user = providers.Singleton(
        RegisterUser,
        users=users,
        hasher=hasher,
        passwords=passwords,
        clock=clock,
        identifiers=identifiers,
        links=links,
        policy=registration_policy,
    )
    check_second_factor = providers.Singleton(
        CheckSecondFactor, factors=second_factors, codes=one_time_codes, clock=clock
    )
    require_password = providers.Singleton(PasswordCheck, users=users, hasher=hasher)
    log_in = providers.Singleton(
        LogIn, users=users, hasher=hasher, sessions=keeper, check_second_factor=check_second_factor
    )
    get_second_factor = providers.Singleton(GetSecondFactor, factors=second_factors)
    begin_second_factor = providers.Singleton(
        BeginSecondFactor,
        require_password=require_password,
        factors=second_factors,
        codes=one_time_codes,
        clock=clock,
    )
    confirm_second_factor = providers.Singleton(
        ConfirmSecondFactor,
        check_second_factor=check_second_factor,
        factors=second_factors,
        clock=clock,
        identifiers=identifiers,
    )
    remove_second_factor = providers.Singleton(
        RemoveSecondFactor,
        require_password=require_password,
        check_second_factor=check_second_factor,
        factors=second_factors,
        clock=clock,
    )
    remove_users_second_factor = providers.Singleton(
        RemoveUsersSecondFactor, users=users, factors=second_factors, clock=clock
    )
    refresh_session = providers.Singleton(
        RefreshSession, users=users, sessions=sessions, keeper=keeper, clock=clock
    )
    end_session = providers.Singleton(EndSession, sessions=sessions, clock=clock)
    list_sessions = providers.Singleton(ListSessions, sessions=sessions, clock=clock)
    end_own_sessions = providers.Singleton(
        EndOwnSessions, sessions=sessions, clock=clock, identifiers=identifiers
    )
    change_password = providers.Singleton(
        ChangePassword,
        require_password=require_password,
        users=users,
        sessions=sessions,
        hasher=hasher,
        passwords=passwords,
        clock=clock,
    )
    export_account = providers.Singleton(
        ExportAccount, users=users, sessions=sessions, keys=api_keys, identities=external_identities
    )
    get_user = providers.Singleton(GetUser, users=users)
    delete_user = providers.Singleton(DeleteUser, users=users, clock=clock)
    request_email_verification = providers.Singleton(RequestEmailVerification, users=users, links=links)
    verify_email = providers.Singleton(VerifyEmail, redeemer=redeemer)
    request_password_reset = providers.Singleton(RequestPasswordReset, users=users, links=links)
    reset_password = providers.Singleton(ResetPassword, redeemer=redeemer, hasher=hasher, passwords=passwords)
    create_api_key = providers.Singleton(
        CreateApiKey, keys=api_keys, clock=clock, identifiers=identifiers, policy=api_key_policy
    )
    list_api_keys = providers.Singleton(ListApiKeys, keys=api_keys)
    revoke_api_key = providers.Singleton(RevokeApiKey, keys=api_keys, clock=clock)
    verify_api_key = providers.Singleton(VerifyApiKey, keys=api_keys, users=users, clock=clock)
    require_role = providers.Singleton(RequireRole, users=users)
    list_users = providers.Singleton(ListUsers, users=users)
    create_user = providers.Singleton(
        CreateUser,
        users=users,
        hasher=hasher,
        passwords=passwords,
        clock=clock,
        identifiers=identifiers,
        links=links,
    )
    invite_user = providers.Singleton(
        InviteUser, users=users, create_user=create_user, links=links, policy=registration_policy
    )
    accept_invitation = providers.Singleton(
        AcceptInvitation, redeemer=redeemer, hasher=hasher, passwords=passwords
    )
    request_email_change = providers.Singleton(
        RequestEmailChange, require_password=require_password, users=users, links=links
    )
    confirm_email_change = providers.Singleton(ConfirmEmailChange, redeemer=redeemer)
    change_user = providers.Singleton(ChangeUser, users=users, sessions=sessions, clock=clock)
    remove_user = providers.Singleton(RemoveUser, users=users, clock=clock)
    send_password_reset = providers.Singleton(SendPasswordReset, users=users, links=links)
    begin_provider_sign_in = providers.Singleton(
        BeginProviderSignIn, providers=identity_providers, identifiers=identifiers
    )
    open_provider_session = providers.Singleton(
        OpenProviderSession,
        users=users,
        identities=external_identities,
        sessions=keeper,
        clock=clock,
        identifiers=identifiers,
        policy=registration_policy,
    )
    sign_in_with_provider = providers.Singleton(
        SignInWithProvider, providers=identity_providers, open_session=open_provider_session
    )
    begin_device_sign_in = providers.Singleton(
        BeginDeviceSignIn,
        providers=identity_providers,
        identifiers=identifiers,
        codes=device_codes,
        clock=clock,
        policy=providers.Factory(DeviceSignInPolicy),
    )
    complete_device_sign_in = providers.Singleton(
        CompleteDeviceSignIn,
        providers=identity_providers,
        codes=device_codes,
        pace=providers.Singleton(PollPace, clock),
        open_session=open_provider_session,
        clock=clock,
    )
