"""Telling a person what a file is that is not an MP4."""

import codecs
import re
from collections.abc import Callable

from tracklift_adapters.mp4.structure.file_signatures import SIGNATURES

_STILL_PICTURE_BRANDS = frozenset({b"heic", b"heix", b"mif1", b"msf1", b"avif", b"avis"})
_LONGEST_RUN_IN = 65536
_PARTITION_PACK = b"\x06\x0e\x2b\x34\x02\x05\x01\x01\x0d\x01\x02"
_TEXTS = (
    (re.compile(r"<(?:!doctype html|html)\b", re.IGNORECASE), "This is a web page, not a video"),
    (re.compile(r"(?:<\?xml[^\0]{0,2000}?)?<MPD\s"), "This is a list of streams (DASH), not a video"),
    (re.compile(r"WEBVTT\b"), "This is a file of subtitles (WebVTT), not a video"),
    (re.compile(r"\d+\s*\n\d+:\d\d:\d\d[,.]\d+ *-->"), "This is a file of subtitles (SubRip), not a video"),
)
"""How texts of a kind begin."""
LOOKED_AT = _LONGEST_RUN_IN + len(_PARTITION_PACK)
"""Bytes of the file's beginning that are enough to tell: an MXF file may begin with so much else."""


def describe(head: bytes) -> str:
    """Say in one clause what a file is, by its first bytes."""
    if not head:
        return "The file is empty"
    for offset, signature, clause in SIGNATURES:
        if head.startswith(signature, offset):
            return clause
    for tell in _TELLERS:
        told = tell(head)
        if told is not None:
            return told
    return "The file is not an MP4 video"


def is_still_picture(brand: bytes) -> bool:
    """Tell whether the major brand of `ftyp` (ISO/IEC 14496-12, 4.3) is one of HEIF or AVIF."""
    return brand in _STILL_PICTURE_BRANDS


def _matroska(head: bytes) -> str | None:
    if not head.startswith(b"\x1aE\xdf\xa3"):
        return None
    # The element DocType (RFC 8794, section 11.2.5), with a size of four bytes.
    is_webm = b"\x42\x82\x84webm" in head[:256]
    return f"This is a {'WebM' if is_webm else 'Matroska'} video, not an MP4"


def _transport_stream(head: bytes) -> str | None:
    # ISO/IEC 13818-1, 2.4.3.2. In M2TS a timestamp precedes each packet, in DVB 16 bytes of checksum may follow it.
    for first, size, name in ((0, 188, ""), (4, 192, " (M2TS)"), (0, 204, "")):
        starts = head[first::size][:5]
        if len(starts) > 1 and starts == b"G" * len(starts):
            return f"This is an MPEG transport stream{name}, not an MP4"
    return None


def _mpeg_audio(head: bytes) -> str | None:
    # A frame's header (ISO/IEC 11172-3, 2.4.2.3; ISO/IEC 13818-7, 6.2), or an ID3 tag, which may have one behind it.
    is_tagged = head.startswith(b"ID3")
    frame = head[_size_of_id3(head) :] if is_tagged else head
    is_frame = len(frame) > 1 and frame[0] == 0xFF and frame[1] >= 0xE2
    if is_frame and frame[1] & 0xF6 == 0xF0:
        return "This is a sound file (AAC), not a video"
    if is_frame and frame[1] & 0x06 == 0x04:
        return "This is a sound file (MP2), not a video"
    return "This is a sound file (MP3), not a video" if is_tagged or is_frame else None


def _size_of_id3(head: bytes) -> int:
    # Seven bits a byte (ID3v2.4.0, section 3.1).
    return 10 + sum(byte << shift for byte, shift in zip(head[6:10], (21, 14, 7, 0), strict=False))


def _dolby(head: bytes) -> str | None:
    if not head.startswith(b"\x0b\x77") or len(head) < 6:
        return None
    # `bsid` (ETSI TS 102 366, 4.4.2.1 and E.1.3.1.6).
    return f"This is a sound file ({'AC-3' if head[5] >> 3 <= 10 else 'E-AC-3'}), not a video"


def _bare_video(head: bytes) -> str | None:
    # The first unit is a delimiter or parameter set: 9 and 7 in H.264, 35 and 32 in H.265, where the type is elsewhere.
    start = head.removeprefix(b"\0\0\0\x01").removeprefix(b"\0\0\x01")
    if start != head and start[:1] in {b"\x09", b"\x27", b"\x67", b"\x46", b"\x40"}:
        return "This is a bare video stream without sound, not an MP4"
    return None


def _bitmap(head: bytes) -> str | None:
    # Two letters are not enough to tell; between them and the offset of the pixels are zeros.
    is_bitmap = head.startswith(b"BM") and head[6:10] == bytes(4)
    return "This is a picture (BMP), not a video" if is_bitmap else None


def _flash(head: bytes) -> str | None:
    is_flash = head[:3] in {b"FWS", b"CWS", b"ZWS"} and 0 < int.from_bytes(head[3:4], "big") < 64
    return "This is a Flash animation (SWF), not a video" if is_flash and len(head) > 3 else None


def _mxf(head: bytes) -> str | None:
    # A header partition (SMPTE ST 377-1, 6.5 and 7.1), behind a run-in or not.
    return "This is an MXF video, not an MP4" if _PARTITION_PACK in head else None


def _text(head: bytes) -> str | None:
    is_wide = head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    # A character of several bytes may be cut off at the end of what was read.
    text = head.decode("utf-16" if is_wide else "utf-8-sig", "replace")[:-1].replace("\r\n", "\n")
    start = text.lstrip()
    for pattern, clause in _TEXTS:
        if pattern.match(start):
            return clause
    is_text = text and all(char.isprintable() or char in "\t\r\n" for char in text.replace("\ufffd", "\0"))
    return "This is a text file, not a video" if is_text else None


_TELLERS: tuple[Callable[[bytes], str | None], ...] = (
    _matroska,
    _transport_stream,
    _text,
    _mpeg_audio,
    _dolby,
    _bare_video,
    _bitmap,
    _flash,
    _mxf,
)
