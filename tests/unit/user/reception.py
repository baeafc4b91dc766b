"""Everything around the use cases of users, kept in memory."""

from datetime import timedelta

from tests.contracts.examples import NOW
from tests.unit.user.doubles import LegibleHasher, LegibleTokens
from tracklift_adapters.in_memory.api_keys import InMemoryApiKeyRepository
from tracklift_adapters.in_memory.clock import ManualClock
from tracklift_adapters.in_memory.external_identities import InMemoryExternalIdentityRepository
from tracklift_adapters.in_memory.identifiers import SequentialIdentifiers
from tracklift_adapters.in_memory.identity_provider import InMemoryIdentityProvider
from tracklift_adapters.in_memory.mailed_tokens import InMemoryMailedTokenRepository
from tracklift_adapters.in_memory.outbox import InMemoryOutbox
from tracklift_adapters.in_memory.sessions import InMemorySessionRepository
from tracklift_adapters.in_memory.users import InMemoryUserRepository
from tracklift_domain.user.begin_provider_sign_in import BeginProviderSignIn
from tracklift_domain.user.change_password import ChangePassword
from tracklift_domain.user.create_api_key import CreateApiKey
from tracklift_domain.user.delete_user import DeleteUser
from tracklift_domain.user.email_address import EmailAddress
from tracklift_domain.user.end_own_sessions import EndOwnSessions
from tracklift_domain.user.end_session import EndSession
from tracklift_domain.user.events import LinkRequested
from tracklift_domain.user.external_identity import ProviderAccount
from tracklift_domain.user.get_user import GetUser
from tracklift_domain.user.identify_bearer import IdentifyBearer
from tracklift_domain.user.identify_caller import IdentifyCaller
from tracklift_domain.user.link_sender import LinkSender
from tracklift_domain.user.list_api_keys import ListApiKeys
from tracklift_domain.user.list_sessions import ListSessions
from tracklift_domain.user.log_in import LogIn
from tracklift_domain.user.policies import ApiKeyPolicy, MailedTokenPolicy
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
            clock=self.clock,
            identifiers=self.identifiers,
            links=self.links,
            policy=RegistrationPolicy(),
        )
        self.log_in = LogIn(users=self.users, hasher=self.hasher, sessions=self.keeper)
        self.refresh = RefreshSession(
            users=self.users, sessions=self.sessions, keeper=self.keeper, clock=self.clock
        )
        self.end_session = EndSession(sessions=self.sessions, clock=self.clock)
        self.list_sessions = ListSessions(sessions=self.sessions, clock=self.clock)
        self.end_own_sessions = EndOwnSessions(
            sessions=self.sessions, clock=self.clock, identifiers=self.identifiers
        )
        self.change_password = ChangePassword(
            users=self.users, sessions=self.sessions, hasher=self.hasher, clock=self.clock
        )
        self.get_user = GetUser(users=self.users)
        self.delete_user = DeleteUser(users=self.users, clock=self.clock)
        self.request_verification = RequestEmailVerification(users=self.users, links=self.links)
        self.verify_email = VerifyEmail(redeemer=self.redeemer)
        self.request_reset = RequestPasswordReset(users=self.users, links=self.links)
        self.reset_password = ResetPassword(redeemer=self.redeemer, hasher=self.hasher)
        self.identify = IdentifyCaller(verifier=self.tokens, clock=self.clock)
        self.key_policy = ApiKeyPolicy(per_user=3)
        self.create_key = CreateApiKey(
            keys=self.keys, clock=self.clock, identifiers=self.identifiers, policy=self.key_policy
        )
        self.list_keys = ListApiKeys(keys=self.keys)
        self.revoke_key = RevokeApiKey(keys=self.keys, clock=self.clock)
        self.verify_key = VerifyApiKey(keys=self.keys, users=self.users, clock=self.clock)
        self.identify_bearer = IdentifyBearer(identify_caller=self.identify, keys=self.verify_key)
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
        self.sign_in = SignInWithProvider(
            providers={PROVIDER: self.provider},
            users=self.users,
            identities=self.identities,
            sessions=self.keeper,
            clock=self.clock,
            identifiers=self.identifiers,
            policy=RegistrationPolicy(),
        )

    async def mails(self, kind: type[LinkRequested]) -> list[LinkRequested]:
        """Give what was asked to be mailed, of one kind, oldest first."""
        return [event for event in await self.outbox.pending(limit=1000) if isinstance(event, kind)]
