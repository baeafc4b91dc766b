"""Limits of one user. Each field is the variable `TRACKLIFT_` plus its name in capitals."""

from dataclasses import dataclass

from typing_extensions import override

from tracklift_adapters.environment.checks import Checked, require_between
from tracklift_domain.conversion.policies import EVENT_STREAMS_PER_USER
from tracklift_domain.upload.policies import UPLOADS_PER_HOUR, UploadLimits
from tracklift_domain.user.quota import LARGEST_QUOTA

_LIMITS = UploadLimits()


@dataclass(frozen=True, kw_only=True)
class LimitSettings(Checked):
    """Settings of every app that serves users."""

    largest_video: int = _LIMITS.largest_video
    """Bytes."""
    unfinished_per_user: int = _LIMITS.unfinished_per_user
    stored_per_user: int | None = None
    """Bytes of videos and MP3s; `None`: no limit."""
    minutes_per_month: int | None = None
    """Of audio; `None`: no limit."""
    unverified_uploads: bool = True
    """Whether users with an unverified address may upload."""
    event_streams_per_user: int = EVENT_STREAMS_PER_USER
    uploads_per_hour: int = UPLOADS_PER_HOUR
    """Of one user, at each gateway."""

    @override
    def __post_init__(self) -> None:
        super().__post_init__()
        require_between("largest_video", self.largest_video, 1, 2**63 - 1)
        require_between("unfinished_per_user", self.unfinished_per_user, 1, 1_000_000)
        for name in ("stored_per_user", "minutes_per_month"):
            if getattr(self, name) is not None:
                require_between(name, getattr(self, name), 0, LARGEST_QUOTA)
        require_between("event_streams_per_user", self.event_streams_per_user, 1, 1_000_000)
        require_between("uploads_per_hour", self.uploads_per_hour, 1, 1_000_000)

    @property
    def limits(self) -> UploadLimits:
        """What a user may upload."""
        return UploadLimits(
            largest_video=self.largest_video,
            unfinished_per_user=self.unfinished_per_user,
            stored_per_user=self.stored_per_user,
            minutes_per_month=self.minutes_per_month,
        )
