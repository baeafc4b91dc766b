"""The top level of a file: which boxes it has and whether it ends where it should (ISO/IEC 14496-12, 6 and 8).

`ftyp` names the kind of file (QuickTime files may lack it), `moov` is the index, `mdat` holds the samples. The index
may come first or last. In a fragmented file, pairs of `moof` and `mdat` follow it; a segment of a stream may have only
these.
"""

from tracklift_adapters.mp4.structure.boxes import Box, walk
from tracklift_adapters.mp4.structure.byte_source import ByteSource
from tracklift_adapters.mp4.structure.damage import incomplete, media_segment, not_a_video
from tracklift_adapters.mp4.structure.file_kind import LOOKED_AT, describe, is_still_picture
from tracklift_domain.extraction.errors import ExtractionError

FIRST_BOXES = frozenset(
    {
        b"ftyp",
        b"moov",
        b"mdat",
        b"free",
        b"skip",
        b"wide",
        b"pnot",
        b"styp",
        b"sidx",
        b"moof",
        b"uuid",
        b"meta",
        b"prft",
    }
)
"""What the first box of an MP4 or a QuickTime file may be."""
_TELLING = frozenset({b"ftyp", b"moov", b"mdat"})


def find_movie(source: ByteSource) -> Box:
    """Find the index.

    Raises:
        ExtractionError: `not_a_video` where the file has nothing of one, `corrupt_media` where it has no whole index.
    """
    seen: set[bytes] = set()
    try:
        for box in walk(source, 0, source.size):
            if not seen and box.type not in FIRST_BOXES:
                break
            seen.add(box.type)
            if box.type == b"ftyp" and is_still_picture(
                source.at(box.start, min(4, source.size - box.start))
            ):
                raise not_a_video("This is a picture (HEIF or AVIF), not a video")
            if box.type == b"moov":
                if box.end > source.size:
                    raise incomplete("it ends in the middle of its index")
                return box
    except ExtractionError:
        if not seen:  # What made no sense as a box was never one.
            raise _something_else(source) from None
        raise
    if b"moof" in seen:
        raise media_segment()
    if seen & _TELLING:
        raise incomplete("it ends before its index, which tells where its audio lies")
    raise _something_else(source)


def _something_else(source: ByteSource) -> ExtractionError:
    return not_a_video(describe(source.at(0, min(LOOKED_AT, source.size))))
