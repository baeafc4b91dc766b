"""The sample description of a track (box `stsd`; ISO/IEC 14496-12, 8.5.2) and where it says that the samples lie."""

from tracklift_client.sound_extract.audio_codes import is_encrypted
from tracklift_client.sound_extract.boxes import Box, children, inside, number, only, required
from tracklift_client.sound_extract.errors import NoExtractError, Reason, damaged, unsupported
from tracklift_client.sound_extract.packing import Packing, read_packing
from tracklift_client.sound_extract.source import Source
from tracklift_client.sound_extract.track import Track

_SELF_CONTAINED = 1
_FULL_BOX = 4
_SHORTEST_ALIAS = 150
"""Bytes: a shorter one of QuickTime has no room for the name of a file."""
AUXILIARY = frozenset({b"saio", b"saiz", b"senc"})
"""Boxes about encryption, with positions in the file."""


def check_description(source: Source, track: Track) -> None:
    """Make sure that the samples of a track lie in this file and are not encrypted.

    Raises:
        NoExtractError: they do not, or are, or it is not said how they are coded.
    """
    stsd = required(track.table, b"stsd")
    entries = children(source, stsd, skip=8)
    if not entries:
        raise damaged("a track does not say how it is coded")
    if any(is_encrypted(entry.type) for entry in entries) or any(
        box.type in AUXILIARY for box in track.table
    ):
        raise NoExtractError(Reason.ENCRYPTED, "the sound is encrypted")
    dref = only(inside(source, only(track.information, b"dinf")), b"dref")
    references = [] if dref is None else children(source, dref, skip=8)
    for entry in entries:
        index = number(source, entry, 6, 2)
        if 0 < index <= len(references) and _is_elsewhere(source, references[index - 1]):
            raise unsupported("the samples lie in another file")


def packing_of(source: Source, track: Track) -> Packing | None:
    """Give how samples of sound are packed, if the first sample entry tells it."""
    stsd = required(track.table, b"stsd")
    return read_packing(source, children(source, stsd, skip=8)[0], number(source, stsd, 0, 1))


def _is_elsewhere(source: Source, reference: Box) -> bool:
    if number(source, reference, 3, 1) & _SELF_CONTAINED:
        return False
    length = reference.size - _FULL_BOX
    if reference.type == b"url ":
        return length > 1  # An empty name is a zero byte.
    return reference.type != b"alis" or length >= _SHORTEST_ALIAS
