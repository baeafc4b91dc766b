"""A file in the media store."""

from dataclasses import dataclass
from datetime import datetime

from tracklift_domain.identifiers import MediaId


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredMedia:
    """A file in the media store. Its size is in bytes, its SHA-256 in hexadecimal digits."""

    id: MediaId
    size: int
    sha256: str
    stored_at: datetime
