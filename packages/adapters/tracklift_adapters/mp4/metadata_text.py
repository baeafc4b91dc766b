"""Texts of the metadata (QuickTime File Format, Metadata and User Data Text Strings)."""

import codecs

from tracklift_adapters.mp4.boxes import Box, fields
from tracklift_adapters.mp4.byte_source import ByteSource
from tracklift_adapters.mp4.item_list import Value
from tracklift_domain.conversion.tags import LONGEST_COMMENT

_ENCODINGS = {1: "utf-8", 2: "utf-16-be"}
"""Well-known types of a value that are texts."""
_NUMBERS = 0
"""The type of a value whose form the item itself implies."""
_LONGEST = 4 * LONGEST_COMMENT
"""Bytes read of a text: no encoding takes more than four for a character."""
_MACINTOSH_LANGUAGES = 0x400
"""Language codes below are Macintosh's, those from here on ISO 639's."""
_ROMAN_LANGUAGES = 10
"""Macintosh's language codes below are those of Western Europe, written in Mac OS Roman."""
_BYTE_ORDER_MARK = "\ufeff"


def read_value(source: ByteSource, value: Value) -> str:
    """Read an item's value; nothing where it is no text.

    Raises:
        UnicodeDecodeError: it is no text of its encoding.
    """
    encoding = _ENCODINGS.get(value.type)
    return "" if encoding is None else _read(source, value.position, value.size, encoding)


def read_track_number(source: ByteSource, value: Value) -> str:
    """Read iTunes' number of a track: two bytes that mean nothing, the number, and how many there are (16 bits each).

    Raises:
        UnicodeDecodeError: it is written as a text, and that is none of its encoding.
    """
    if value.type != _NUMBERS or value.size < 6:
        return read_value(source, value)
    data = source.at(value.position + 2, 4)
    number, count = int.from_bytes(data[:2]), int.from_bytes(data[2:])
    if number == 0:
        return ""
    return f"{number}/{count}" if count else f"{number}"


def read_user_data(source: ByteSource, box: Box) -> str:
    """Read a text of QuickTime's user data: its size and language (16 bits each), its bytes, and the same for others.

    Raises:
        ExtractionError: the box is too short.
        UnicodeDecodeError: it is no text of its encoding.
    """
    head = fields(source, box, 0, 4)
    size, language = int.from_bytes(head[:2]), int.from_bytes(head[2:])
    start = box.start + 4
    size = min(size, box.end - start)
    if language >= _MACINTOSH_LANGUAGES:
        marked = source.at(start, min(2, size)) == codecs.BOM_UTF16_BE
        return _read(source, start, size, "utf-16-be" if marked else "utf-8")
    return _read(source, start, size, "mac_roman") if language < _ROMAN_LANGUAGES else ""


def _read(source: ByteSource, position: int, size: int, encoding: str) -> str:
    data = source.at(position, min(size, _LONGEST))
    # Of a text that is cut off, the last character may be incomplete.
    text = codecs.getincrementaldecoder(encoding)().decode(data, final=len(data) == size)
    return text.removeprefix(_BYTE_ORDER_MARK)
