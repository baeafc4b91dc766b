"""Where in the file the sound lies, so that a reader can fetch it ahead."""

from collections.abc import Iterable, Iterator

from tracklift_adapters.mp4.samples.sample_table import count_entries, read_sample_ranges
from tracklift_adapters.mp4.structure.byte_source import ByteSource
from tracklift_adapters.mp4.tracks.track import Track
from tracklift_domain.extraction.errors import ExtractionError
from tracklift_domain.media.byte_ranges import ByteRanges

MOST_ENTRIES = 2**23
"""Of the tables of all tracks, which takes some seconds to read; 24 hours of AAC with pictures have 6 million."""


def locate_sound(source: ByteSource, tracks: Iterable[Track]) -> Iterator[ByteRanges | None]:
    """Give for each track of sound where its samples lie; `None` where that is not known. Nothing is an error."""
    left = MOST_ENTRIES
    for track in tracks:
        if track.audio is None:
            continue
        found: ByteRanges | None = None
        try:
            entries = count_entries(source, track.table)
            if track.problem is None and entries <= left:
                left -= entries
                found = read_sample_ranges(source, track.table, track.audio.packing)
        except (ExtractionError, ValueError):
            found = None
        yield found if found is not None and found.starts else None
