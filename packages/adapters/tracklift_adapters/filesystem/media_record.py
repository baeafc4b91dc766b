"""What is written down about one stored file."""

import json
from dataclasses import dataclass
from datetime import datetime

from tracklift_domain.identifiers import MediaId
from tracklift_domain.media.stored_media import StoredMedia


class UnreadableRecordError(ValueError):
    """The bytes are no record: the disk is at fault, or somebody changed the file."""


@dataclass(frozen=True, slots=True)
class MediaRecord:
    """A stored file and the name, in the same folder, of the file that holds its bytes."""

    stored: StoredMedia
    content: str

    def encode(self) -> bytes:
        """Write the record as JSON."""
        fields = {
            "id": self.stored.id,
            "size": self.stored.size,
            "sha256": self.stored.sha256,
            "stored_at": self.stored.stored_at.isoformat(),
            "content": self.content,
        }
        return json.dumps(fields).encode() + b"\n"

    @classmethod
    def decode(cls, text: bytes) -> "MediaRecord":
        """Read a record.

        Raises:
            UnreadableRecordError: with the reason.
        """
        try:
            fields = json.loads(text)
            stored = StoredMedia(
                id=MediaId(str(fields["id"])),
                size=int(fields["size"]),
                sha256=str(fields["sha256"]),
                stored_at=datetime.fromisoformat(fields["stored_at"]),
            )
            return cls(stored, str(fields["content"]))
        except (ValueError, TypeError, KeyError) as error:
            raise UnreadableRecordError(f"{type(error).__name__}: {error}") from error
