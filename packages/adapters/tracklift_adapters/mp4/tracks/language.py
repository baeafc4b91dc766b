"""The language of a track (boxes `mdhd` and `elng`; ISO/IEC 14496-12, 8.4.2 and 8.4.6)."""

import re

_MACINTOSH_LANGUAGES = 0x400
"""Codes below are Macintosh's, those from here on three letters of ISO 639-2/T, five bits each."""
_MACINTOSH = (
    "engfradeuitanldswespadanpornorhebjpnarafinellislmltturhrvzhourdhinthakor"
    "litpolhunestlavsmifaofasruszhonldglesqironcesslkslvyidsrpmkdbulukrbel"
)
"""The languages of the codes from 0 on, three letters each (QuickTime File Format, Language Code Values)."""
_TAG = re.compile(r"[a-z]{2,8}(-[a-z0-9]{1,8})*")
LONGEST_TAG = 64
"""Bytes that are read of a tag; those in use take up to a dozen."""
_UNDETERMINED = "und"


def from_code(code: int) -> str | None:
    """Give the language of a code in the media's header."""
    if code < _MACINTOSH_LANGUAGES:
        return _MACINTOSH[3 * code : 3 * code + 3] or None
    letters = bytes((code >> shift & 0x1F) + 0x60 for shift in (10, 5, 0))
    return from_tag(letters)


def from_tag(tag: bytes) -> str | None:
    """Give the language that a tag of BCP 47, ended by a zero byte, names."""
    text = tag.split(b"\0")[0].decode("ascii", "replace").lower()
    return text if _TAG.fullmatch(text) and text != _UNDETERMINED else None
