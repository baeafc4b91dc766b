"""What is written down about one file that grows."""

import json
from dataclasses import dataclass
from datetime import datetime

from tracklift_adapters.filesystem.media_record import UnreadableRecordError
from tracklift_domain.identifiers import MediaId


@dataclass(frozen=True, slots=True)
class GrowthMark:
    """How far a file has grown for certain, and who may write to it."""

    id: MediaId
    content: str
    """The name, in the same folder, of the file with the bytes."""
    begun_at: datetime
    fence: int
    """Of the newest writer."""
    size: int = 0
    """Bytes that were on the disk before this was written: it can lag behind them and never run ahead."""

    def encode(self) -> bytes:
        """Write the mark as JSON."""
        fields = {
            "id": self.id,
            "content": self.content,
            "begun_at": self.begun_at.isoformat(),
            "fence": self.fence,
            "size": self.size,
        }
        return json.dumps(fields).encode() + b"\n"

    @classmethod
    def decode(cls, text: bytes) -> "GrowthMark":
        """Read a mark.

        Raises:
            UnreadableRecordError: with the reason.
        """
        try:
            fields = json.loads(text)
            return cls(
                id=MediaId(str(fields["id"])),
                content=str(fields["content"]),
                begun_at=datetime.fromisoformat(fields["begun_at"]),
                fence=int(fields["fence"]),
                size=int(fields["size"]),
            )
        except (ValueError, TypeError, KeyError) as error:
            raise UnreadableRecordError(f"{type(error).__name__}: {error}") from error
