"""Where a track's samples lie: in this file or in another one (box `dref`; ISO/IEC 14496-12, 8.7.2)."""

from collections.abc import Mapping
from enum import Enum, auto
from itertools import islice

from tracklift_adapters.mp4.structure.boxes import Box, children, valid_children, version_and_flags
from tracklift_adapters.mp4.structure.byte_source import ByteSource
from tracklift_adapters.mp4.structure.damage import incomplete
from tracklift_domain.extraction.errors import ExtractionError

_SELF_CONTAINED = 1
_FULL_BOX = 4
_SHORTEST_ALIAS = 150
"""Bytes: a shorter one of QuickTime has no room for the name of a file."""


class Place(Enum):
    """What a data reference says."""

    THIS_FILE = auto()
    UNNAMED = auto()
    """It says neither that the samples lie in this file nor where else."""
    OTHER_FILE = auto()


def read_place(source: ByteSource, information: Mapping[bytes, Box], number: int) -> Place:
    """Give what the reference of this number, counted from 1, says.

    Raises:
        ExtractionError: `corrupt_media`, when it is too short.
    """
    dref = valid_children(source, information.get(b"dinf")).get(b"dref")
    if dref is None or number == 0:
        return Place.THIS_FILE
    reference = next(islice(children(source, dref, skip=8), number - 1, None), None)
    if reference is None or version_and_flags(source, reference)[1] & _SELF_CONTAINED:
        return Place.THIS_FILE
    location = reference.end - reference.start - _FULL_BOX
    if reference.type == b"url ":
        # An empty name is a zero byte.
        return Place.UNNAMED if location <= 1 else Place.OTHER_FILE
    return Place.UNNAMED if reference.type == b"alis" and location < _SHORTEST_ALIAS else Place.OTHER_FILE


def lies_elsewhere() -> ExtractionError:
    """Make the error for samples in another file."""
    return incomplete("its audio lies in another file; export it as one self-contained MP4")
