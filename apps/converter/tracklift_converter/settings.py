"""What whoever runs the converter can set."""

import os
import tempfile
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

from typing_extensions import override

from tracklift_adapters.environment.service_settings import (
    BrokerSettings,
    ConversionSettings,
    ServiceSettings,
    require_between,
    require_positive,
)


@dataclass(frozen=True, kw_only=True)
class ConverterSettings(ServiceSettings, ConversionSettings, BrokerSettings):
    """Each field is the environment variable `TRACKLIFT_` and its name in capitals.

    Those without a default must be set.
    """

    port: int = 8082
    mongodb_url: str
    converters: int = field(default_factory=lambda: max(1, (os.cpu_count() or 2) // 2))
    """How many videos are converted at once. An extraction keeps about two cores busy."""
    longest_audio: timedelta = timedelta(hours=12)
    longest_stall: timedelta = timedelta(minutes=1)
    """How long an extraction may make no progress before it is given up."""
    scratch_folder: Path = field(default_factory=lambda: Path(tempfile.gettempdir()) / "tracklift")
    """Where extractions keep their temporary files."""

    @override
    def __post_init__(self) -> None:
        ServiceSettings.__post_init__(self)
        ConversionSettings.__post_init__(self)
        BrokerSettings.__post_init__(self)
        require_between("converters", self.converters, 1, 256)
        for name in ("longest_audio", "longest_stall"):
            require_positive(name, getattr(self, name))
