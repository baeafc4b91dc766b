"""What whoever runs the gateway can set."""

from dataclasses import dataclass
from datetime import timedelta

from typing_extensions import override

from tracklift_adapters.environment.service_settings import (
    BrokerSettings,
    ConversionSettings,
    ServiceSettings,
    require_between,
    require_positive,
    require_web_address,
)
from tracklift_domain.conversion.policies import EVENT_STREAMS_PER_USER
from tracklift_domain.upload.policies import UploadLimits
from tracklift_gateway.upload_rate import UPLOADS_PER_HOUR

_LIMITS = UploadLimits()


@dataclass(frozen=True, kw_only=True)
class GatewaySettings(ServiceSettings, ConversionSettings, BrokerSettings):
    """Each field is the environment variable `TRACKLIFT_` and its name in capitals.

    Those without a default must be set.
    """

    mongodb_url: str
    auth_url: str
    """Where auth is reached from here."""
    public_url: str
    """How users reach Tracklift; the issuer of tokens."""
    largest_video: int = _LIMITS.largest_video
    """Bytes."""
    unfinished_per_user: int = _LIMITS.unfinished_per_user
    event_streams_per_user: int = EVENT_STREAMS_PER_USER
    uploads_per_hour: int = UPLOADS_PER_HOUR
    """Of one user, at each gateway."""
    housekeeping_every: timedelta = timedelta(minutes=1)

    @override
    def __post_init__(self) -> None:
        ServiceSettings.__post_init__(self)
        ConversionSettings.__post_init__(self)
        BrokerSettings.__post_init__(self)
        require_web_address("auth_url", self.auth_url)
        require_web_address("public_url", self.public_url)
        require_between("largest_video", self.largest_video, 1, 2**63 - 1)
        require_between("unfinished_per_user", self.unfinished_per_user, 1, 1_000_000)
        require_between("event_streams_per_user", self.event_streams_per_user, 1, 1_000_000)
        require_between("uploads_per_hour", self.uploads_per_hour, 1, 1_000_000)
        require_positive("housekeeping_every", self.housekeeping_every)

    @property
    def limits(self) -> UploadLimits:
        """What a user may upload."""
        return UploadLimits(largest_video=self.largest_video, unfinished_per_user=self.unfinished_per_user)
