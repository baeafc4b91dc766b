"""Telling a person what a file is that is no MP4."""

_SIGNATURES = (
    (0, b"#EXTM3U", "This is a playlist (HLS), not a video"),
    (0, b"ffconcat", "This is a list of files, not a video"),
    (0, b"\x89PNG\r\n", "This is a picture (PNG), not a video"),
    (0, b"\xff\xd8\xff", "This is a picture (JPEG), not a video"),
    (0, b"GIF8", "This is a picture (GIF), not a video"),
    (8, b"WEBP", "This is a picture (WebP), not a video"),
    (8, b"WAVE", "This is a sound file (WAV), not a video"),
    (8, b"AVI ", "This is an AVI video, not an MP4"),
    (0, b"\x1aE\xdf\xa3", "This is a Matroska or WebM video, not an MP4"),
    (0, b"OggS", "This is an Ogg file, not an MP4"),
    (0, b"fLaC", "This is a sound file (FLAC), not a video"),
    (0, b"ID3", "This is a sound file (MP3), not a video"),
    (0, b"FLV\x01", "This is a Flash video, not an MP4"),
    (0, b"0&\xb2u\x8ef\xcf\x11", "This is a Windows Media file, not an MP4"),
    (0, b"\0\0\x01\xba", "This is an MPEG program stream, not an MP4"),
    (0, b"%PDF-", "This is a document (PDF), not a video"),
    (0, b"PK\x03\x04", "This is an archive (ZIP), not a video"),
    (0, b"\x1f\x8b", "This is an archive (gzip), not a video"),
)
_STILL_PICTURE_BRANDS = frozenset({b"heic", b"heix", b"mif1", b"msf1", b"avif", b"avis"})
LOOKED_AT = 512
"""Bytes of the file's beginning that are enough to tell."""


def describe(head: bytes) -> str:
    """Say in one clause what a file is, by its first bytes."""
    if not head:
        return "The file is empty"
    for offset, signature, clause in _SIGNATURES:
        if head.startswith(signature, offset):
            return clause
    if head[:1] == b"G" and head[188:189] == b"G":
        return "This is an MPEG transport stream, not an MP4"
    if head[:1] == b"\xff" and head[1:2] >= b"\xe2":
        return "This is a sound file (MP3 or AAC), not a video"
    start = head.lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if start.startswith((b"<!doctype html", b"<html")):
        return "This is a web page, not a video"
    return "This is a text file, not a video" if _is_text(head) else "The file is not an MP4 video"


def is_still_picture(brand: bytes) -> bool:
    """Tell whether the major brand of `ftyp` (ISO/IEC 14496-12, 4.3) is one of HEIF or AVIF."""
    return brand in _STILL_PICTURE_BRANDS


def _is_text(head: bytes) -> bool:
    # A character of UTF-8 may be cut off at the end of what was read.
    text = head.decode("utf-8", "replace")[:-1]
    return bool(text) and all(char.isprintable() or char in "\t\r\n" for char in text.replace("\ufffd", "\0"))
