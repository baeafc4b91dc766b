"""What whoever runs auth can set."""

from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from typing_extensions import override

from tracklift_adapters.environment.service_settings import (
    AccountSettings,
    BrokerSettings,
    ServiceSettings,
    require_positive,
    require_web_address,
)


@dataclass(frozen=True, kw_only=True)
class AuthSettings(ServiceSettings, AccountSettings, BrokerSettings):
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
    housekeeping_every: timedelta = timedelta(minutes=10)

    @override
    def __post_init__(self) -> None:
        ServiceSettings.__post_init__(self)
        AccountSettings.__post_init__(self)
        BrokerSettings.__post_init__(self)
        require_web_address("public_url", self.public_url)
        require_positive("housekeeping_every", self.housekeeping_every)
