"""The settings of the gateway."""

from dataclasses import dataclass

from typing_extensions import override

from tracklift_adapters.environment.checks import require_web_address
from tracklift_adapters.environment.conversion_settings import ConversionSettings
from tracklift_adapters.environment.housekeeping_settings import HousekeepingSettings
from tracklift_adapters.environment.limit_settings import LimitSettings
from tracklift_adapters.environment.public_settings import PublicSettings
from tracklift_adapters.environment.server_settings import BrokerSettings, MongoDbSettings
from tracklift_adapters.environment.service_settings import ServiceSettings


@dataclass(frozen=True, kw_only=True)
class GatewaySettings(
    ServiceSettings,
    HousekeepingSettings,
    LimitSettings,
    ConversionSettings,
    PublicSettings,
    MongoDbSettings,
    BrokerSettings,
):
    """Each field is read from the environment variable `TRACKLIFT_` plus its name in capitals.

    Fields without a default are required.
    """

    auth_url: str
    """The URL at which the gateway reaches auth."""

    @override
    def __post_init__(self) -> None:
        super().__post_init__()
        require_web_address("auth_url", self.auth_url)
