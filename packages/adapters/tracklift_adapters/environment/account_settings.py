"""Settings of accounts. Each field is the variable `TRACKLIFT_` plus its name in capitals."""

from dataclasses import dataclass
from datetime import timedelta

from typing_extensions import override

from tracklift_adapters.environment.checks import Checked, require_between, require_positive
from tracklift_domain.user.api_key.policies import ApiKeyPolicy
from tracklift_domain.user.mailed_link.policies import MailedTokenPolicy
from tracklift_domain.user.registration.registration import RegistrationMode, RegistrationPolicy

_API_KEYS = ApiKeyPolicy()
_MAILED_TOKENS = MailedTokenPolicy()


@dataclass(frozen=True, kw_only=True)
class AccountSettings(Checked):
    """Settings of every app that keeps accounts."""

    registration: str = "open"
    """`open`; `invited`: by an admin's invitation only; or `closed`: no new accounts."""
    registration_domains: str = ""
    """Domains whose addresses may sign up, separated by spaces; empty: all."""
    access_token_lasts: timedelta = timedelta(minutes=15)
    """At most a day: gateways remember that long which tokens have ended."""
    session_lasts: timedelta = timedelta(days=30)
    password_reset_lasts: timedelta = _MAILED_TOKENS.password_reset_lasts
    email_verification_lasts: timedelta = _MAILED_TOKENS.email_verification_lasts
    invitation_lasts: timedelta = _MAILED_TOKENS.invitation_lasts
    """How long mailed links are valid."""
    api_keys_per_user: int = _API_KEYS.per_user
    password_threads: int = 2
    """How many passwords are checked concurrently, with 64 MiB each."""
    password_queue: int = 16
    """How many more may wait: about 2 s with two threads, as long as a person waits for a page."""

    @override
    def __post_init__(self) -> None:
        super().__post_init__()
        if self.registration not in set(RegistrationMode):
            raise ValueError("registration is open, invited or closed")
        try:
            _ = self.registration_policy
        except ValueError as error:
            raise ValueError(f"registration_domains has a name that no domain can have ({error})") from error
        require_between("api_keys_per_user", self.api_keys_per_user, 1, 10_000)
        require_between("password_threads", self.password_threads, 1, 256)
        require_between("password_queue", self.password_queue, 0, 10_000)
        if self.access_token_lasts > timedelta(days=1):
            raise ValueError("access_token_lasts is at most a day")
        for name in (
            "access_token_lasts",
            "session_lasts",
            "password_reset_lasts",
            "email_verification_lasts",
            "invitation_lasts",
        ):
            require_positive(name, getattr(self, name))

    @property
    def mailed_token_policy(self) -> MailedTokenPolicy:
        """The bounds of mailed tokens."""
        return MailedTokenPolicy(
            password_reset_lasts=self.password_reset_lasts,
            email_verification_lasts=self.email_verification_lasts,
            invitation_lasts=self.invitation_lasts,
        )

    @property
    def registration_policy(self) -> RegistrationPolicy:
        """Who may sign up."""
        return RegistrationPolicy.of(
            mode=self.registration, domains=self.registration_domains.replace(",", " ").split()
        )

    @property
    def api_key_policy(self) -> ApiKeyPolicy:
        """The bounds of a user's API keys."""
        return ApiKeyPolicy(per_user=self.api_keys_per_user)
