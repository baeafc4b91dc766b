"""Settings of housekeeping. Each field is the variable `TRACKLIFT_` plus its name in capitals."""

from dataclasses import dataclass
from datetime import timedelta

from typing_extensions import override

from tracklift_adapters.environment.checks import Checked, require_positive


@dataclass(frozen=True, kw_only=True)
class HousekeepingSettings(Checked):
    """Settings of every app that deletes expired data."""

    housekeeping_every: timedelta = timedelta(minutes=1)

    @override
    def __post_init__(self) -> None:
        super().__post_init__()
        require_positive("housekeeping_every", self.housekeeping_every)
