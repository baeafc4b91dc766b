"""Everything around the use cases of users, kept in memory."""

from datetime import timedelta

from tests.contracts.examples import NOW
from tests.unit.user.doubles import LegibleCodes, LegibleHasher, LegibleTokens
from tracklift_adapters.in_memory.api_keys import InMemoryApiKeyRepository
from tracklift_adapters.in_memory.clock import ManualClock
from tracklift_adapters.in_memory.common_passwords import InMemoryCommonPasswords
from tracklift_adapters.in_memory.device_codes import InMemoryDeviceCodes
from tracklift_adapters.in_memory.external_identities import InMemoryExternalIdentityRepository
from tracklift_adapters.in_memory.identifiers import SequentialIdentifiers
from tracklift_adapters.in_memory.identity_provider import InMemoryIdentityProvider
from tracklift_adapters.in_memory.mailed_tokens import InMemoryMailedTokenRepository
from tracklift_adapters.in_memory.outbox import InMemoryOutbox
from tracklift_adapters.in_memory.second_factors import InMemorySecondFactorRepository
from tracklift_adapters.in_memory.sessions import InMemorySessionRepository
from tracklift_adapters.in_memory.users import InMemoryUserRepository
from tracklift_domain.user.access.caller import Caller
from tracklift_domain.user.access.identify_caller import IdentifyCaller
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
from tracklift_domain.user.api_key.identify_bearer import IdentifyBearer
from tracklift_domain.user.api_key.list_api_keys import ListApiKeys
from tracklift_domain.user.api_key.policies import ApiKeyPolicy
from tracklift_domain.user.api_key.revoke_api_key import RevokeApiKey
from tracklift_domain.user.api_key.verify_api_key import VerifyApiKey
from tracklift_domain.user.email_address import EmailAddress
from tracklift_domain.user.mailed_link.events import LinkRequested
from tracklift_domain.user.mailed_link.link_sender import LinkSender
from tracklift_domain.user.mailed_link.policies import MailedTokenPolicy
from tracklift_domain.user.mailed_link.redeeming import TokenRedeemer
from tracklift_domain.user.mailed_link.request_email_verification import RequestEmailVerification
from tracklift_domain.user.mailed_link.request_password_reset import RequestPasswordReset
from tracklift_domain.user.mailed_link.reset_password import ResetPassword
from tracklift_domain.user.mailed_link.verify_email import VerifyEmail
from tracklift_domain.user.password.password_check import PasswordCheck
from tracklift_domain.user.password.password_rules import PasswordRules
from tracklift_domain.user.registration.accept_invitation import AcceptInvitation
from tracklift_domain.user.registration.register_user import RegisterUser
from tracklift_domain.user.registration.registration import RegistrationPolicy
from tracklift_domain.user.second_factor.begin_second_factor import BeginSecondFactor
from tracklift_domain.user.second_factor.check_second_factor import CheckSecondFactor
from tracklift_domain.user.second_factor.confirm_second_factor import ConfirmSecondFactor
from tracklift_domain.user.second_factor.get_second_factor import GetSecondFactor
from tracklift_domain.user.second_factor.remove_second_factor import RemoveSecondFactor
from tracklift_domain.user.session.end_own_sessions import EndOwnSessions
from tracklift_domain.user.session.end_session import EndSession
from tracklift_domain.user.session.list_sessions import ListSessions
from tracklift_domain.user.session.log_in import LogIn
from tracklift_domain.user.session.refresh_session import RefreshSession
from tracklift_domain.user.session.session_keeper import SessionKeeper
from tracklift_domain.user.sign_in_provider.begin_device_sign_in import BeginDeviceSignIn
from tracklift_domain.user.sign_in_provider.begin_provider_sign_in import BeginProviderSignIn
from tracklift_domain.user.sign_in_provider.complete_device_sign_in import CompleteDeviceSignIn
from tracklift_domain.user.sign_in_provider.external_identity import ProviderAccount
from tracklift_domain.user.sign_in_provider.open_provider_session import OpenProviderSession
from tracklift_domain.user.sign_in_provider.policies import DeviceSignInPolicy
from tracklift_domain.user.sign_in_provider.poll_pace import PollPace
from tracklift_domain.user.sign_in_provider.sign_in_with_provider import SignInWithProvider

PROVIDER = "company"


class Reception:
    """The use cases of users over shared storage."""

    def __init__(self) -> None:
        self.clock = ManualClock(NOW)
        self.identifiers = SequentialIdentifiers()
        self.outbox = InMemoryOutbox()
        self.users = InMemoryUserRepository(self.outbox)
        self.sessions = InMemorySessionRepository(self.users, self.outbox)
        self.hasher = LegibleHasher()
        self.passwords = PasswordRules(common=InMemoryCommonPasswords("qwertyqwerty12", "letmein"))
        self.tokens = LegibleTokens()
        self.keeper = SessionKeeper(
            sessions=self.sessions,
            issuer=self.tokens,
            clock=self.clock,
            identifiers=self.identifiers,
            lasts=timedelta(days=30),
        )
        self.policy = MailedTokenPolicy()
        self.keys = InMemoryApiKeyRepository(self.users, self.outbox)
        self.mailed = InMemoryMailedTokenRepository(self.users, self.sessions, self.keys, self.outbox)
        self.links = LinkSender(
            tokens=self.mailed, clock=self.clock, identifiers=self.identifiers, policy=self.policy
        )
        self.redeemer = TokenRedeemer(tokens=self.mailed, users=self.users, clock=self.clock)
        self.register = RegisterUser(
            users=self.users,
            hasher=self.hasher,
            passwords=self.passwords,
            clock=self.clock,
            identifiers=self.identifiers,
            links=self.links,
            policy=RegistrationPolicy(),
        )
        self._set_up_second_factors()
        self.log_in = LogIn(
            users=self.users,
            hasher=self.hasher,
            sessions=self.keeper,
            check_second_factor=self.check_second_factor,
        )
        self.refresh = RefreshSession(
            users=self.users, sessions=self.sessions, keeper=self.keeper, clock=self.clock
        )
        self.end_session = EndSession(sessions=self.sessions, clock=self.clock)
        self.list_sessions = ListSessions(sessions=self.sessions, clock=self.clock)
        self.end_own_sessions = EndOwnSessions(
            sessions=self.sessions, clock=self.clock, identifiers=self.identifiers
        )
        self.change_password = ChangePassword(
            require_password=self.require_password,
            users=self.users,
            sessions=self.sessions,
            hasher=self.hasher,
            passwords=self.passwords,
            clock=self.clock,
        )
        self.get_user = GetUser(users=self.users)
        self.delete_user = DeleteUser(users=self.users, clock=self.clock)
        self.request_verification = RequestEmailVerification(users=self.users, links=self.links)
        self.verify_email = VerifyEmail(redeemer=self.redeemer)
        self.request_reset = RequestPasswordReset(users=self.users, links=self.links)
        self.reset_password = ResetPassword(
            redeemer=self.redeemer, hasher=self.hasher, passwords=self.passwords
        )
        self.identify = IdentifyCaller(verifier=self.tokens, clock=self.clock)
        self.key_policy = ApiKeyPolicy(per_user=3)
        self.create_key = CreateApiKey(
            keys=self.keys, clock=self.clock, identifiers=self.identifiers, policy=self.key_policy
        )
        self.list_keys = ListApiKeys(keys=self.keys)
        self.revoke_key = RevokeApiKey(keys=self.keys, clock=self.clock)
        self.verify_key = VerifyApiKey(keys=self.keys, users=self.users, clock=self.clock)
        self.identify_bearer = IdentifyBearer(
            identify_caller=self.identify, keys=self.verify_key, sessions=self.sessions
        )
        self.require_role = RequireRole(users=self.users)
        self.list_users = ListUsers(users=self.users)
        self.create_user = CreateUser(
            users=self.users,
            hasher=self.hasher,
            passwords=self.passwords,
            clock=self.clock,
            identifiers=self.identifiers,
            links=self.links,
        )
        self.invite_user = InviteUser(
            users=self.users, create_user=self.create_user, links=self.links, policy=RegistrationPolicy()
        )
        self.accept_invitation = AcceptInvitation(
            redeemer=self.redeemer, hasher=self.hasher, passwords=self.passwords
        )
        self.request_email_change = RequestEmailChange(
            require_password=self.require_password, users=self.users, links=self.links
        )
        self.confirm_email_change = ConfirmEmailChange(redeemer=self.redeemer)
        self.change_user = ChangeUser(users=self.users, sessions=self.sessions, clock=self.clock)
        self.remove_user = RemoveUser(users=self.users, clock=self.clock)
        self.send_password_reset = SendPasswordReset(users=self.users, links=self.links)
        self._set_up_providers()
        self.export_account = ExportAccount(
            users=self.users, sessions=self.sessions, keys=self.keys, identities=self.identities
        )

    async def call(self, email: str, password: str) -> Caller:
        """Log in, and give who calls with the access token."""
        return self.identify((await self.log_in(email, password)).access.value)

    def _set_up_providers(self) -> None:
        self.provider = InMemoryIdentityProvider(
            ProviderAccount(
                issuer="https://login.example.org",
                subject="ada-1",
                email=EmailAddress("ada@example.org"),
                email_verified=True,
            )
        )
        self.identities = InMemoryExternalIdentityRepository(self.users)
        self.begin_sign_in = BeginProviderSignIn(
            providers={PROVIDER: self.provider}, identifiers=self.identifiers
        )
        self.open_session = OpenProviderSession(
            users=self.users,
            identities=self.identities,
            sessions=self.keeper,
            clock=self.clock,
            identifiers=self.identifiers,
            policy=RegistrationPolicy(),
        )
        self.sign_in = SignInWithProvider(providers={PROVIDER: self.provider}, open_session=self.open_session)
        self.device_codes = InMemoryDeviceCodes()
        self.device_policy = DeviceSignInPolicy(pending=3)
        self.begin_device_sign_in = BeginDeviceSignIn(
            providers={PROVIDER: self.provider},
            identifiers=self.identifiers,
            codes=self.device_codes,
            clock=self.clock,
            policy=self.device_policy,
        )
        self.pace = PollPace(self.clock, most_codes=2)
        self.complete_device_sign_in = CompleteDeviceSignIn(
            providers={PROVIDER: self.provider},
            codes=self.device_codes,
            pace=self.pace,
            open_session=self.open_session,
            clock=self.clock,
        )

    def _set_up_second_factors(self) -> None:
        self.second_factors = InMemorySecondFactorRepository(self.users, self.outbox)
        self.codes = LegibleCodes()
        self.check_second_factor = CheckSecondFactor(
            factors=self.second_factors, codes=self.codes, clock=self.clock
        )
        self.require_password = PasswordCheck(users=self.users, hasher=self.hasher)
        self.get_second_factor = GetSecondFactor(factors=self.second_factors)
        self.begin_second_factor = BeginSecondFactor(
            require_password=self.require_password,
            factors=self.second_factors,
            codes=self.codes,
            clock=self.clock,
        )
        self.confirm_second_factor = ConfirmSecondFactor(
            check_second_factor=self.check_second_factor,
            factors=self.second_factors,
            clock=self.clock,
            identifiers=self.identifiers,
        )
        self.remove_second_factor = RemoveSecondFactor(
            require_password=self.require_password,
            check_second_factor=self.check_second_factor,
            factors=self.second_factors,
            clock=self.clock,
        )
        self.remove_users_second_factor = RemoveUsersSecondFactor(
            users=self.users, factors=self.second_factors, clock=self.clock
        )

    async def mails(self, kind: type[LinkRequested]) -> list[LinkRequested]:
        """Give what was asked to be mailed, of one kind, oldest first."""
        return [event for event in await self.outbox.pending(limit=1000) if isinstance(event, kind)]
