"""A claim on a conversion for a limited time."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Lease:
    """A claim on a conversion by a worker, or by the request that uploads the video. It must be renewed in time."""

    holder: str
    until: datetime
