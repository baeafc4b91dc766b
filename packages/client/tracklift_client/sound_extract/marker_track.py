"""A track without media that keeps the time at which a file of fragments begins.

The sound of such a file may begin later than its pictures. The time between is told only by the first fragment of the
pictures, which an extract leaves out. A marker takes the place of their track: it has its id, time scale and edit list,
and one sample at its first time: a byte of the sound, as libavformat refuses a sample without any.
"""

import struct

from tracklift_client.sound_extract.box_writing import copy, write
from tracklift_client.sound_extract.boxes import only, required
from tracklift_client.sound_extract.source import Source
from tracklift_client.sound_extract.track import Track

_SELF_CONTAINED = write(b"dinf", write(b"dref", struct.pack(">II", 0, 1), write(b"url ", b"\0\0\0\1")))
_DESCRIPTION = write(b"stsd", struct.pack(">II", 0, 1), write(b"mett", struct.pack(">6xH2x", 1)))
_EMPTY_TABLE = write(
    b"stbl",
    _DESCRIPTION,
    write(b"stts", bytes(8)),
    write(b"stsc", bytes(8)),
    write(b"stsz", bytes(12)),
    write(b"stco", bytes(8)),
)
_INFORMATION = write(b"minf", write(b"nmhd", bytes(4)), _SELF_CONTAINED, _EMPTY_TABLE)
_HANDLER = write(b"hdlr", struct.pack(">8x4s13x", b"meta"))


def write_marker(source: Source, track: Track) -> bytes:
    """Write `trak` in place of a track."""
    edits = only(track.boxes, b"edts")
    return write(
        b"trak",
        copy(source, required(track.boxes, b"tkhd")),
        copy(source, edits),
        write(b"mdia", copy(source, required(track.media, b"mdhd")), _HANDLER, _INFORMATION),
    )


def write_marker_part(track: int, time: int, data_offset: int) -> bytes:
    """Write `traf` with one sample of a byte: when it is decoded, and where it lies."""
    return write(
        b"traf",
        write(b"tfhd", struct.pack(">II", 0x20000, track)),
        write(b"tfdt", struct.pack(">IQ", 0x1000000, time)),
        write(b"trun", struct.pack(">IIiI", 0x201, 1, data_offset, 1)),
    )
