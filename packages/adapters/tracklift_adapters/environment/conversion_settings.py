"""Settings of conversions. Each field is the variable `TRACKLIFT_` plus its name in capitals."""

from dataclasses import dataclass
from datetime import timedelta

from typing_extensions import override

from tracklift_adapters.environment.checks import Checked, require_between, require_positive
from tracklift_domain.conversion.policies import AttemptPolicy, RetentionPolicy

_RETENTION = RetentionPolicy()
_ATTEMPTS = AttemptPolicy()


@dataclass(frozen=True, kw_only=True)
class ConversionSettings(Checked):
    """Settings of every app that accepts or converts videos."""

    keep_audio: timedelta = _RETENTION.audio
    keep_source: timedelta = _RETENTION.source
    keep_records: timedelta = _RETENTION.record
    idle_upload: timedelta = _RETENTION.idle_upload
    upload_expiry: timedelta = _RETENTION.resumable_upload
    orphan_age: timedelta = _RETENTION.orphan
    stalled_after: timedelta = _RETENTION.stalled
    attempts: int = _ATTEMPTS.attempts
    lease: timedelta = _ATTEMPTS.lease
    retry_delay: timedelta = _ATTEMPTS.first_delay

    @override
    def __post_init__(self) -> None:
        super().__post_init__()
        require_between("attempts", self.attempts, 1, 1000)
        for name in (
            "keep_audio",
            "keep_records",
            "idle_upload",
            "upload_expiry",
            "orphan_age",
            "stalled_after",
            "lease",
        ):
            require_positive(name, getattr(self, name))
        for name in ("retry_delay", "keep_source"):
            if getattr(self, name) < timedelta(0):
                raise ValueError(f"{name} is not negative")

    @property
    def retention(self) -> RetentionPolicy:
        """How long things are kept."""
        return RetentionPolicy(
            idle_upload=self.idle_upload,
            resumable_upload=self.upload_expiry,
            audio=self.keep_audio,
            source=self.keep_source,
            record=self.keep_records,
            orphan=self.orphan_age,
            stalled=self.stalled_after,
        )

    @property
    def attempt_policy(self) -> AttemptPolicy:
        """How often a worker tries, and for how long."""
        return AttemptPolicy(attempts=self.attempts, lease=self.lease, first_delay=self.retry_delay)
