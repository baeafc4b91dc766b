"""The settings of auth."""

from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from tracklift_adapters.environment.account_settings import AccountSettings
from tracklift_adapters.environment.housekeeping_settings import HousekeepingSettings
from tracklift_adapters.environment.openid_settings import OpenIdSettings
from tracklift_adapters.environment.public_settings import PublicSettings
from tracklift_adapters.environment.server_settings import BrokerSettings
from tracklift_adapters.environment.service_settings import ServiceSettings


@dataclass(frozen=True, kw_only=True)
class AuthSettings(
    ServiceSettings, HousekeepingSettings, AccountSettings, OpenIdSettings, PublicSettings, BrokerSettings
):
    """Each field is read from the environment variable `TRACKLIFT_` plus its name in capitals.

    Fields without a default are required.
    """

    port: int = 8081
    mysql_url: str
    """`mysql://user:password@host:port/name`."""
    signing_key_file: Path
    """The private Ed25519 key that signs access tokens, PEM, readable by this service only."""
    housekeeping_every: timedelta = timedelta(minutes=10)
