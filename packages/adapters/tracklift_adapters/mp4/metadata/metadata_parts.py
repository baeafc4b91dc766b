"""Boxes of the metadata, of which broken ones are left out, since they are not needed to hear the sound."""

from collections.abc import Iterator
from itertools import islice

from tracklift_adapters.mp4.structure.boxes import Box, walk
from tracklift_adapters.mp4.structure.byte_source import ByteSource
from tracklift_domain.extraction.errors import ExtractionError

MOST_PARTS = 1000
"""Boxes looked at of each that holds some; taggers write a few dozen."""


def parts(source: ByteSource, parent: Box, skip: int = 0) -> Iterator[Box]:
    """Give the boxes inside of a box, behind `skip` bytes of data, up to the first one that does not fit into it."""
    try:
        for part in islice(walk(source, parent.start + skip, parent.end), MOST_PARTS):
            if part.end > parent.end:
                return
            yield part
    except ExtractionError:
        return


def first_part(source: ByteSource, parent: Box, kind: bytes, skip: int = 0) -> Box | None:
    """Give the first box of a type inside of a box."""
    return next((part for part in parts(source, parent, skip) if part.type == kind), None)
