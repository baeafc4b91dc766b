"""Users, sessions, keys and tokens, as the server shows them."""

from datetime import datetime
from enum import StrEnum

from msgspec import Struct


class Role(StrEnum):
    """What a user may do; each role may do all that the one before it may."""

    USER = "user"
    OPERATOR = "operator"
    ADMIN = "admin"


class User(Struct, frozen=True, kw_only=True):
    """An account."""

    id: str
    email: str
    email_verified: bool
    role: Role
    created_at: datetime


class QuotaUse(Struct, frozen=True, kw_only=True):
    """How far a limit is used. `until`: when less will be used by itself, where that is known."""

    used: int
    limit: int | None
    """`None`: there is none."""
    until: datetime | None = None


class Quotas(Struct, frozen=True, kw_only=True):
    """Limits of a user: bytes of videos and MP3s, minutes of audio in the month, unfinished conversions."""

    stored_bytes: QuotaUse
    audio_minutes: QuotaUse
    conversions_in_flight: QuotaUse
    upload_bytes: int
    """Of one video at the most."""


class Account(User, frozen=True, kw_only=True):
    """One's own account. `quotas` is `None` where the server can't tell them just now."""

    quotas: Quotas | None = None


class UserQuota(Struct, frozen=True, kw_only=True):
    """Limits that are set for one user. `None`: that of all users."""

    stored_bytes: int | None = None
    audio_minutes: int | None = None
    conversions_in_flight: int | None = None
    upload_bytes: int | None = None


class ManagedUser(Struct, frozen=True, kw_only=True):
    """An account as admins see it."""

    id: str
    email: str
    email_verified: bool
    role: Role
    disabled: bool
    has_password: bool
    created_at: datetime
    quota: UserQuota = UserQuota()


class UserDetails(ManagedUser, frozen=True, kw_only=True):
    """An account with what takes a look of its own. `quotas` is `None` where the server can't tell them just now."""

    second_factor: bool
    quotas: Quotas | None = None


class ManagedUserPage(Struct, frozen=True, kw_only=True):
    """Some accounts; `next_cursor` asks for the next page."""

    items: list[ManagedUser]
    next_cursor: str | None


class TokenAnswer(Struct, frozen=True, kw_only=True):
    """Tokens (RFC 6749, section 5.1); `expires_in` and `refresh_expires_in` in seconds."""

    access_token: str
    token_type: str
    expires_in: int
    refresh_token: str
    refresh_expires_in: int


class UserSession(Struct, frozen=True, kw_only=True):
    """A log-in of the user on some device."""

    id: str
    device: str | None
    created_at: datetime
    last_used_at: datetime
    expires_at: datetime
    current: bool


class UserSessionList(Struct, frozen=True, kw_only=True):
    """All sessions of the user."""

    items: list[UserSession]


class Scope(StrEnum):
    """What an API key may do."""

    CONVERT = "convert"
    READ = "read"


class ApiKey(Struct, frozen=True, kw_only=True):
    """An API key without its text."""

    id: str
    name: str
    scopes: list[Scope]
    created_at: datetime
    expires_at: datetime | None
    last_used_at: datetime | None


class NewApiKey(ApiKey, frozen=True, kw_only=True):
    """An API key with its text, which is shown once."""

    key: str


class ApiKeyList(Struct, frozen=True, kw_only=True):
    """All API keys of the user."""

    items: list[ApiKey]


class SecondFactor(Struct, frozen=True, kw_only=True):
    """Whether log-ins ask for codes, since when, and how many recovery codes are left."""

    enabled: bool
    confirmed_at: datetime | None
    recovery_codes_left: int


class NewSecondFactor(Struct, frozen=True, kw_only=True):
    """What an app takes: a secret in base 32, or the same as an `otpauth:` address."""

    secret: str
    address: str


class RecoveryCodes(Struct, frozen=True, kw_only=True):
    """Codes that take the place of the app's, each once."""

    recovery_codes: list[str]


class SignInProvider(Struct, frozen=True, kw_only=True):
    """An OpenID provider, and the page at which a browser signs in with it."""

    name: str
    url: str


class SignInProviderList(Struct, frozen=True, kw_only=True):
    """All OpenID providers of the server."""

    items: list[SignInProvider]


class DeviceSignIn(Struct, frozen=True, kw_only=True):
    """What the user enters where to sign in for a program. The device code is for the program alone."""

    device_code: str
    user_code: str
    verification_uri: str
    verification_uri_complete: str | None
    """The same address with the code in it, where the provider has one."""
    expires_in: int
    """Seconds."""
    interval: int
    """Seconds between two questions whether the user has signed in."""


class Identity(Struct, frozen=True, kw_only=True):
    """An account at a sign-in provider with which the user signs in."""

    issuer: str
    subject: str
    created_at: datetime


class AccountData(Struct, frozen=True, kw_only=True):
    """All that the server has about an account itself."""

    id: str
    email: str
    email_verified_at: datetime | None
    role: Role
    created_at: datetime
    sessions: list[UserSession]
    api_keys: list[ApiKey]
    identities: list[Identity]
