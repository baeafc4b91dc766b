"""Settings of conversions to MP3. Each field is the variable `TRACKLIFT_` plus its name in capitals."""

import os
from dataclasses import dataclass, field
from datetime import timedelta

from typing_extensions import override

from tracklift_adapters.environment.checks import Checked, require_between, require_positive


@dataclass(frozen=True, kw_only=True)
class ExtractionSettings(Checked):
    """Settings of every app that converts videos."""

    converters: int = field(default_factory=lambda: max(1, (os.cpu_count() or 2) // 2))
    """How many videos are converted concurrently. An extraction keeps about two cores busy."""
    longest_audio: timedelta = timedelta(hours=12)
    longest_stall: timedelta = timedelta(minutes=1)
    """How long an extraction may make no progress before it is aborted."""

    @override
    def __post_init__(self) -> None:
        super().__post_init__()
        require_between("converters", self.converters, 1, 256)
        for name in ("longest_audio", "longest_stall"):
            require_positive(name, getattr(self, name))
