"""A claim on a conversion for a limited time."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Lease:
    """A claim on a conversion, of a worker or of the request that uploads the video, to be renewed in time."""

    holder: str
    until: datetime
