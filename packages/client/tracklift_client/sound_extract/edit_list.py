"""When a track's edit list begins to play its media (box `elst`; ISO/IEC 14496-12, 8.6.6)."""

import struct

from tracklift_client.sound_extract.boxes import Box, fields, inside, number, only
from tracklift_client.sound_extract.errors import too_large
from tracklift_client.sound_extract.source import Source

MOST_EDITS = 100_000
_ENTRIES = {0: struct.Struct(">Ii4x"), 1: struct.Struct(">Qq4x")}
"""By the version of the list."""


def read_start(source: Source, edts: Box | None) -> int | None:
    """Give the media time of the first edit that plays something; `None`: there is no such edit.

    An edit without a duration plays nothing, but for the last one that is no pause.

    Raises:
        NoExtractError: the list claims more than it has, or is too long.
    """
    elst = only(inside(source, edts), b"elst")
    if elst is None:
        return None
    entry = _ENTRIES[int(number(source, elst, 0, 1) == 1)]
    count = number(source, elst, 4)
    if count > MOST_EDITS:
        raise too_large(f"an edit list has more than {MOST_EDITS:,} edits")
    entries = entry.iter_unpack(fields(source, elst, 8, count * entry.size))
    playing = [(duration, start) for duration, start in entries if start >= 0]
    return next((start for duration, start in playing if duration), playing[-1][1] if playing else None)
