"""The top level of a file: where its index and its fragments are (ISO/IEC 14496-12, 6 and 8)."""

from collections.abc import Iterator
from typing import NamedTuple

from tracklift_client.sound_extract.boxes import Box, name_of, walk
from tracklift_client.sound_extract.errors import NoExtractError, Reason, damaged, unsupported
from tracklift_client.sound_extract.source import Source

_FIRST = frozenset({b"ftyp", b"moov", b"mdat", b"free", b"skip", b"wide", b"pnot", b"uuid"})
"""What the first box of an MP4 or a QuickTime file with an index may be."""
_OF_A_RECORDING = frozenset({b"moof", b"mdat", b"styp", b"sidx", b"ssix", b"emsg", b"prft", b"moov", b"ftyp"})
"""Boxes of which one that is cut off at the file's end shows that the recording is."""
_STILL_PICTURE_BRANDS = frozenset({b"heic", b"heix", b"mif1", b"msf1", b"avif", b"avis"})


class Layout(NamedTuple):
    """The boxes at the top level that count."""

    file_type: Box | None
    """`None` in old QuickTime files."""
    movie: Box
    """The index; of several the first."""
    has_media: bool
    """Whether media boxes lie in front of it."""


def read_layout(source: Source) -> Layout:
    """Find the index.

    Raises:
        NoExtractError: there is none, or this is not an MP4.
    """
    file_type: Box | None = None
    has_media = False
    for position, box in enumerate(walk(source, 0, source.size)):
        if position == 0 and box.type not in _FIRST:
            raise NoExtractError(Reason.NOT_MP4, "the file does not begin as an MP4 does")
        if box.end > source.size:
            raise damaged(f"the file ends within its box {name_of(box)}")
        if box.type == b"ftyp":
            if file_type is not None:
                raise unsupported("the file has two types")
            file_type = box
            if source.at(box.payload, min(4, box.size)) in _STILL_PICTURE_BRANDS:
                raise NoExtractError(Reason.NOT_MP4, "the file is a picture")
        elif box.type == b"moof":
            raise unsupported("fragments lie in front of the index")
        elif box.type == b"moov":
            return Layout(file_type, box, has_media)
        has_media |= box.type == b"mdat"
    raise NoExtractError(Reason.NOT_MP4, "the file has no index")


def check_media(source: Source, layout: Layout) -> None:
    """Make sure that a file whose index announces no fragments has none in front of its media.

    Raises:
        NoExtractError: readers may take one or the other for the sound.
    """
    if layout.has_media:
        return
    for box in walk(source, layout.movie.end, source.size):
        if box.type in {b"moof", b"ftyp"}:
            raise unsupported(f"a box {name_of(box)} follows the index")
        if box.type == b"mdat":
            return


def fragments(source: Source, layout: Layout) -> Iterator[Box]:
    """Give the fragments (`moof`), and the indexes of segments (`sidx`) between them.

    Raises:
        NoExtractError: the recording is cut off.
    """
    position, pending = layout.movie.end, False
    for box in walk(source, position, source.size):
        if box.end > source.size and box.type not in _OF_A_RECORDING:
            position = source.size  # What is no box of a recording is no part of it.
            break
        if box.end > source.size:
            raise damaged(f"the file ends within its box {name_of(box)}")
        if box.type in {b"moof", b"sidx"}:
            yield box
        if box.type in {b"moof", b"mdat"}:
            pending = box.type == b"moof"
        position = box.end
    if pending or position < source.size:
        raise damaged("the file ends within a fragment")
