"""Settings of the housekeeping. Each field is a variable `TRACKLIFT_` and its name in capitals."""

from dataclasses import dataclass
from datetime import timedelta

from typing_extensions import override

from tracklift_adapters.environment.checks import Checked, require_positive


@dataclass(frozen=True, kw_only=True)
class HousekeepingSettings(Checked):
    """What every app that deletes what has had its time can be told."""

    housekeeping_every: timedelta = timedelta(minutes=1)

    @override
    def __post_init__(self) -> None:
        super().__post_init__()
        require_positive("housekeeping_every", self.housekeeping_every)
