"""What whoever runs auth can set."""

from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from typing_extensions import override

from tracklift_adapters.environment.service_settings import (
    BrokerSettings,
    ServiceSettings,
    require_positive,
    require_web_address,
)
from tracklift_domain.user.policies import MailedTokenPolicy

_TOKENS = MailedTokenPolicy()


@dataclass(frozen=True, kw_only=True)
class AuthSettings(ServiceSettings, BrokerSettings):
    """Each field is the environment variable `TRACKLIFT_` and its name in capitals.

    Those without a default must be set.
    """

    port: int = 8081
    mysql_url: str
    """`mysql://user:password@host:port/name`."""
    public_url: str
    """How users reach Tracklift; the issuer of tokens."""
    signing_key_file: Path
    """The private Ed25519 key that signs access tokens, PEM, readable for this service alone."""
    access_token_lasts: timedelta = timedelta(minutes=15)
    session_lasts: timedelta = timedelta(days=30)
    password_reset_lasts: timedelta = _TOKENS.password_reset_lasts
    email_verification_lasts: timedelta = _TOKENS.email_verification_lasts
    """How long the links in mails hold."""
    housekeeping_every: timedelta = timedelta(minutes=10)

    @override
    def __post_init__(self) -> None:
        ServiceSettings.__post_init__(self)
        BrokerSettings.__post_init__(self)
        require_web_address("public_url", self.public_url)
        for name in (
            "access_token_lasts",
            "session_lasts",
            "password_reset_lasts",
            "email_verification_lasts",
            "housekeeping_every",
        ):
            require_positive(name, getattr(self, name))

    @property
    def mailed_token_policy(self) -> MailedTokenPolicy:
        """How the tokens in mails are bounded."""
        return MailedTokenPolicy(
            password_reset_lasts=self.password_reset_lasts,
            email_verification_lasts=self.email_verification_lasts,
        )
