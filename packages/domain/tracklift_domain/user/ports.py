"""What users need from the outside world."""

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from tracklift_domain.events import Event
from tracklift_domain.identifiers import ApiKeyId, SessionId, UserId
from tracklift_domain.user.api_key import ApiKey
from tracklift_domain.user.device_authorization import DeviceAuthorization, PendingDeviceSignIn
from tracklift_domain.user.email_address import EmailAddress
from tracklift_domain.user.external_identity import ExternalIdentity, ProviderAccount
from tracklift_domain.user.mailed_token import MailedToken
from tracklift_domain.user.quota import UserQuota
from tracklift_domain.user.second_factor import SecondFactor
from tracklift_domain.user.sign_in_attempt import ProviderAnswer, SignInAttempt
from tracklift_domain.user.user import AccessToken, Caller, Session, User


class UserRepository(Protocol):
    """Keeps users, each write atomic with its events and durable once it returns.

    Raises:
        ServiceUnavailableError: from every method, when the storage can't be reached.
    """

    @abstractmethod
    async def add(self, user: User, events: Sequence[Event] = ()) -> None:
        """Store a new user. Raises `EmailTakenError`."""

    @abstractmethod
    async def get(self, user_id: UserId) -> User:
        """Give a user. Raises `UserNotFoundError`."""

    @abstractmethod
    async def get_by_email(self, email: EmailAddress) -> User:
        """Give the user with this address. Raises `UserNotFoundError`."""

    @abstractmethod
    async def list_by_email(
        self, *, search: str = "", after: EmailAddress | None = None, limit: int
    ) -> Sequence[User]:
        """Give at most `limit` users in the order of their addresses, those behind an address.

        With `search`, those whose address contains it. It is in lower case, and each character stands for itself.
        """

    @abstractmethod
    async def replace(self, user: User, events: Sequence[Event] = ()) -> None:
        """Store a user over the revision before it (compare and set), and events with that.

        Raises:
            UserNotFoundError: there is none.
            StaleUserError: another revision is stored.
            EmailTakenError: as `add` does.
        """

    @abstractmethod
    async def remove(self, user_id: UserId, events: Sequence[Event] = ()) -> None:
        """Delete a user with all sessions, mailed tokens and API keys. Raises `UserNotFoundError`."""


class SessionRepository(Protocol):
    """Keeps sessions.

    Raises:
        ServiceUnavailableError: from every method, when the storage can't be reached.
    """

    @abstractmethod
    async def add(self, session: Session) -> None:
        """Store a new session. Raises `UserNotFoundError` when its user is gone."""

    @abstractmethod
    async def get(self, session_id: SessionId) -> Session:
        """Give a session. Raises `SessionNotFoundError`."""

    @abstractmethod
    async def replace(self, session: Session) -> None:
        """Store a session over the revision before it (compare and set).

        Raises:
            SessionNotFoundError: none, or another revision, is stored.
        """

    @abstractmethod
    async def remove(self, session_id: SessionId, events: Sequence[Event] = ()) -> None:
        """End a session, and store events with that. Ending what is not there is no error, and stores no event."""

    @abstractmethod
    async def list_of(self, user_id: UserId) -> Sequence[Session]:
        """Give all sessions of a user, expired ones included, newest first."""

    @abstractmethod
    async def remove_of(self, user_id: UserId, events: Sequence[Event] = ()) -> None:
        """End all sessions of a user, if there are any, and store events with that."""

    @abstractmethod
    async def remove_expired(self, now: datetime) -> int:
        """Delete the sessions that expired by now, and give how many there were."""


class MailedTokenRepository(Protocol):
    """Keeps the tokens behind links in mails by their hashes, each write atomic and durable once it returns.

    Raises:
        ServiceUnavailableError: from every method, when the storage can't be reached.
    """

    @abstractmethod
    async def add(self, token: MailedToken, events: Sequence[Event] = (), *, at_most: int) -> None:
        """Store a new token with events, however many try at once.

        Raises:
            TooManyMailedTokensError: its user has `at_most` tokens of its purpose that have not expired when it is
                created, used ones included.
            UserNotFoundError: its user is gone.
        """

    @abstractmethod
    async def get(self, token_hash: str) -> MailedToken:
        """Give a token. Raises `InvalidMailedTokenError` when there is none."""

    @abstractmethod
    async def redeem(
        self, token: MailedToken, user: User, events: Sequence[Event] = (), *, end_access: bool = False
    ) -> None:
        """Store a used token, its user over the revision before, and events, in one step.

        In the same step the user's other tokens of that purpose are used up and, if asked, all sessions end and all API
        keys are deleted.

        Raises:
            MailedTokenUsedError: the token is not there unused.
            EmailTakenError: another user has the address that the user is to have.
            UserNotFoundError: the user is gone.
            StaleUserError: another revision of the user is stored.
        """

    @abstractmethod
    async def forget_before(self, time: datetime) -> int:
        """Delete the tokens that expired before a time, and give how many there were."""


class ApiKeyRepository(Protocol):
    """Keeps API keys by the hashes of their texts, each write atomic with its events and durable once it returns.

    Raises:
        ServiceUnavailableError: from every method, when the storage can't be reached.
    """

    @abstractmethod
    async def add(self, key: ApiKey, *, at_most: int) -> None:
        """Store a new key, however many try at once.

        Raises:
            TooManyApiKeysError: its user has `at_most` keys, expired ones included.
            UserNotFoundError: its user is gone.
        """

    @abstractmethod
    async def get_by_hash(self, key_hash: str) -> ApiKey:
        """Give a key. Raises `ApiKeyNotFoundError`."""

    @abstractmethod
    async def list_of(self, user_id: UserId) -> Sequence[ApiKey]:
        """Give all keys of a user, newest first."""

    @abstractmethod
    async def note_use(self, key_id: ApiKeyId, at: datetime) -> None:
        """Store when a key was used. A key that is gone is no error."""

    @abstractmethod
    async def remove(self, key: ApiKey, events: Sequence[Event] = ()) -> None:
        """Delete a key. Raises `ApiKeyNotFoundError`, and stores no event then."""

    @abstractmethod
    async def forget_before(self, time: datetime) -> int:
        """Delete the keys that expired before a time, and give how many there were."""


class ExternalIdentityRepository(Protocol):
    """Keeps which user signs in with which account of a provider, each write atomic and durable once it returns.

    Raises:
        ServiceUnavailableError: from every method, when the storage can't be reached.
    """

    @abstractmethod
    async def get(self, issuer: str, subject: str) -> ExternalIdentity:
        """Give an identity. Both texts are compared byte for byte. Raises `ExternalIdentityNotFoundError`."""

    @abstractmethod
    async def list_of(self, user_id: UserId) -> Sequence[ExternalIdentity]:
        """Give all identities of a user, oldest first."""

    @abstractmethod
    async def add(self, identity: ExternalIdentity) -> None:
        """Store a new identity.

        Raises:
            ExternalIdentityTakenError: issuer and subject have a user.
            UserNotFoundError: its user is gone.
        """

    @abstractmethod
    async def add_with_user(
        self, identity: ExternalIdentity, user: User, events: Sequence[Event] = ()
    ) -> None:
        """Store a new identity, its new user and events in one step.

        Raises:
            ExternalIdentityTakenError: issuer and subject have a user.
            EmailTakenError: another user has the address.
        """


class SecondFactorRepository(Protocol):
    """Keeps at most one second factor a user, each write atomic and durable once it returns. It goes with its user.

    Raises:
        ServiceUnavailableError: from every method, when the storage can't be reached.
    """

    @abstractmethod
    async def begin(self, factor: SecondFactor) -> None:
        """Store a new one, in place of one that was not confirmed.

        Raises:
            SecondFactorExistsError: the user has one that was confirmed.
            UserNotFoundError: its user is gone.
        """

    @abstractmethod
    async def get(self, user_id: UserId) -> SecondFactor:
        """Give the second factor of a user, confirmed or not. Raises `SecondFactorNotFoundError`."""

    @abstractmethod
    async def replace(self, factor: SecondFactor) -> None:
        """Store one over the revision before it (compare and set).

        Raises:
            StaleSecondFactorError: none, or another revision, or one with another secret is stored.
        """

    @abstractmethod
    async def remove(self, user_id: UserId, events: Sequence[Event] = ()) -> None:
        """Delete the second factor of a user. Deleting what is not there is no error, and stores no events.

        The events enter the outbox in the same atomic step.
        """


class OneTimeCodes(Protocol):
    """Makes secrets for apps that show one-time codes, and checks these codes (TOTP, RFC 6238)."""

    @abstractmethod
    def new_secret(self) -> str:
        """Make a secret of 160 random bits, in base 32."""

    @abstractmethod
    def address(self, secret: str, email: EmailAddress) -> str:
        """Give the `otpauth:` address that apps read from a QR code."""

    @abstractmethod
    def step_of(self, secret: str, code: str, now: datetime) -> int | None:
        """Give the time step whose code it is: the present one or one beside it, as clocks differ; `None`: neither."""


class IdentityProvider(Protocol):
    """Tells who somebody is (OpenID Connect Core 1.0, authorization code flow).

    Raises:
        ServiceUnavailableError: from every method, when the provider can't be reached, does not answer in time, or
            answers what makes no sense.
    """

    @abstractmethod
    async def authorization_url(self, attempt: SignInAttempt) -> str:
        """Give the address at which the provider asks the browser's user to sign in."""

    @abstractmethod
    async def identify(self, attempt: SignInAttempt, answer: ProviderAnswer) -> ProviderAccount:
        """Give the account that an answer to the attempt stands for. The caller has compared the state.

        Raises:
            ProviderRefusedError: the answer is an error or has no code, or the provider does not accept the code.
            InvalidIdTokenError: the ID token is not valid: not signed with a key of the provider, or by another issuer,
                for another client or attempt, or expired.
        """

    @abstractmethod
    async def authorize_device(self, attempt: SignInAttempt) -> DeviceAuthorization:
        """Have the provider give out a code, with which its user can sign in for a device (RFC 8628, section 3.1).

        Raises:
            NoDeviceSignInError: it does not offer this, or not to Tracklift.
        """

    @abstractmethod
    async def identify_on_device(self, attempt: SignInAttempt, device_code: str) -> ProviderAccount:
        """Give the account of the user who has signed in for a device (RFC 8628, section 3.4).

        Raises:
            DeviceSignInPendingError: the user has not yet.
            SlowDownError: it is asked too often.
            DeviceCodeExpiredError: the code has expired, or was used.
            ProviderRefusedError, InvalidIdTokenError: as `identify` does.
        """

    @abstractmethod
    async def check(self) -> None:
        """Ask the provider for what a sign-in needs of it, without one."""


class DeviceCodes(Protocol):
    """Turns a pending sign-in into a code that its device keeps, and back.

    Only who made a code can read or make one. Each process of auth reads those of the others.
    """

    @abstractmethod
    def seal(self, pending: PendingDeviceSignIn) -> str:
        """Make a code of at most 4096 characters that go into a URL; each time another one."""

    @abstractmethod
    def unseal(self, code: str) -> PendingDeviceSignIn:
        """Give what a code was made of, expired or not. Raises `DeviceCodeExpiredError` if it is no such code."""


class VerifiedAddresses(Protocol):
    """Remembers whose address was verified, for services that know no users.

    Access tokens say it too, but one that was signed before the address was verified does not.

    Raises:
        ServiceUnavailableError: from every method, when the storage can't be reached.
    """

    @abstractmethod
    async def record(self, user_id: UserId, email: EmailAddress) -> None:
        """Remember that the user gets the mail of this address, instead of any other one."""

    @abstractmethod
    async def contains(self, user_id: UserId, email: EmailAddress) -> bool:
        """Tell whether this address of the user was verified."""

    @abstractmethod
    async def forget(self, user_id: UserId) -> None:
        """Forget a user. Forgetting one who is not known is not an error."""


class UserQuotas(Protocol):
    """Remembers the limits that admins have set for users, for services that know no users.

    Raises:
        ServiceUnavailableError: from every method, when the storage can't be reached.
    """

    @abstractmethod
    async def record(self, user_id: UserId, quota: UserQuota, *, revision: int) -> None:
        """Remember the limits that a revision of the user has, unless those of that one or a later one are known."""

    @abstractmethod
    async def get(self, user_id: UserId) -> UserQuota:
        """Give the limits of a user; of one who is not known, none."""

    @abstractmethod
    async def forget(self, user_id: UserId) -> None:
        """Forget a user. Forgetting one who is not known is not an error."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AccessEnd:
    """That access ended at a time, before that of its tokens was over."""

    subject: str
    """The id of a user, all of whose access ended, or that of one session or API key."""
    ended_at: datetime
    recorded_at: datetime


class AccessEndRepository(Protocol):
    """Keeps whose access ended when, for services that know no users and no sessions.

    Raises:
        ServiceUnavailableError: from every method, when the storage can't be reached.
    """

    @abstractmethod
    async def record(self, end: AccessEnd) -> None:
        """Store an end. Of several of one subject the latest time counts, and the latest record of it."""

    @abstractmethod
    async def list_recorded_since(self, time: datetime, *, limit: int) -> Sequence[AccessEnd]:
        """Give at most `limit` ends that were recorded at this time or later, the latest first."""

    @abstractmethod
    async def forget_before(self, time: datetime) -> int:
        """Delete the ends before a time, and give how many there were."""


class PasswordHasher(Protocol):
    """Hashes passwords slowly, on purpose; the number of hashings at once, and of those that wait, is bounded.

    A password is taken in Unicode's form NFC, so that keyboards that compose letters differently type the same one.

    Raises:
        ServiceUnavailableError: from `hash` and `verify`, when there is no memory or thread for it.
        TooBusyError: from both, when too many wait already.
    """

    @abstractmethod
    async def hash(self, password: str) -> str:
        """Hash a password with a new salt."""

    @abstractmethod
    async def verify(self, password: str, password_hash: str) -> bool:
        """Tell whether the password made the hash. An unreadable hash is a mismatch."""

    @abstractmethod
    def needs_rehash(self, password_hash: str) -> bool:
        """Tell whether the hash was made with other parameters than those of today."""


class CommonPasswords(Protocol):
    """Knows the passwords that are guessed first, as they were found in leaks."""

    @abstractmethod
    def contains(self, password: str) -> bool:
        """Tell whether this is one of them. They are in lower case."""


class AccessTokenIssuer(Protocol):
    """Signs access tokens."""

    @abstractmethod
    def issue(self, caller: Caller, now: datetime) -> AccessToken:
        """Sign a token that names the caller."""

    @abstractmethod
    def published_keys(self) -> Mapping[str, Any]:
        """Give the public keys as a JSON Web Key Set (RFC 7517)."""


class AccessTokenVerifier(Protocol):
    """Checks access tokens against the published keys, without asking anybody."""

    @abstractmethod
    def verify(self, token: str, now: datetime) -> Caller:
        """Give the caller that the token names, and until when.

        Raises:
            TokenExpiredError: its time is over.
            InvalidTokenError: it is malformed, altered, not signed with a known key by the expected algorithm, or made
                by another issuer or for another audience.
        """


class ApiKeyVerifier(Protocol):
    """Tells whom an API key names, by the hash of its text.

    Raises:
        ServiceUnavailableError: from `verify`, when the keys can't be looked up.
        TooBusyError: from `verify`, when too many are being looked up.
    """

    @abstractmethod
    async def verify(self, key_hash: str) -> Caller:
        """Give whom the key names, with its scopes, and until when.

        Raises:
            InvalidApiKeyError: there is no such key, or it was revoked.
            ApiKeyExpiredError: its time is over.
        """
