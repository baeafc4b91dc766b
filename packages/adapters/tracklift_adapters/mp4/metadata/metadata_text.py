"""Texts of the metadata (QuickTime File Format, Metadata and User Data Text Strings)."""

import codecs

from tracklift_adapters.mp4.metadata.item_list import Value
from tracklift_adapters.mp4.structure.boxes import Box, fields
from tracklift_adapters.mp4.structure.byte_source import ByteSource
from tracklift_domain.extraction.tags import LONGEST_COMMENT

_ENCODINGS = {1: "utf-8", 2: "utf-16-be"}
"""Well-known types of a value that are texts."""
_IMPLIED = 0
"""The type of a value whose form the item itself implies."""
_SIGNED, _UNSIGNED = 21, 22
"""The types of integers, of as many bytes as the value has."""
LONGEST_TEXT = 4 * LONGEST_COMMENT
"""Bytes read of a text: no encoding takes more than four for a character."""
_MACINTOSH_LANGUAGES = 0x400
"""Language codes below are Macintosh's, those from here on ISO 639's."""
_ROMAN_LANGUAGES = 10
"""Macintosh's language codes below are those of Western Europe, written in Mac OS Roman."""
_BYTE_ORDER_MARK = "\ufeff"
BYTE_ORDER_MARKS = (codecs.BOM_UTF16_BE, codecs.BOM_UTF16_LE)
_LARGEST_INTEGER = 8
"""Bytes."""


def read_value(source: ByteSource, value: Value) -> str:
    """Read the value of an item that is a text; nothing where it is not text.

    Raises:
        UnicodeDecodeError: it is not text in its encoding.
    """
    if value.type == _IMPLIED:
        return _read(source, value.position, value.size, None).rstrip("\0")
    encoding = _ENCODINGS.get(value.type)
    return "" if encoding is None else _read(source, value.position, value.size, encoding)


def read_number(source: ByteSource, value: Value, *, implied: bool = False) -> int:
    """Read an integer; 0 where the value is none. Where the item implies one, so does the type 0."""
    if value.type not in ({_IMPLIED, _SIGNED, _UNSIGNED} if implied else {_SIGNED, _UNSIGNED}):
        return 0
    if value.size > _LARGEST_INTEGER:
        return 0
    return int.from_bytes(source.at(value.position, value.size), signed=value.type == _SIGNED)


def read_track_number(source: ByteSource, value: Value) -> str:
    """Read iTunes' number of a track: two bytes that mean nothing, the number, and how many there are (16 bits each).

    Raises:
        UnicodeDecodeError: it is written as a text, and that is none of its encoding.
    """
    alone = read_number(source, value)
    if alone > 0:
        return f"{alone}"
    if value.type != _IMPLIED:
        return read_value(source, value)
    if value.size < 6:
        return ""
    data = source.at(value.position + 2, 4)
    number, count = int.from_bytes(data[:2]), int.from_bytes(data[2:])
    if number == 0:
        return ""
    return f"{number}/{count}" if count else f"{number}"


def read_user_data(source: ByteSource, box: Box) -> str:
    """Read a text of QuickTime's user data: its size and language (16 bits each), its bytes, and the same for others.

    Raises:
        ExtractionError: the box is too short.
        UnicodeDecodeError: it is not text in its encoding.
    """
    head = fields(source, box, 0, 4)
    size, language = int.from_bytes(head[:2]), int.from_bytes(head[2:])
    start = box.start + 4
    size = min(size, box.end - start)
    if language >= _MACINTOSH_LANGUAGES:
        return _read(source, start, size, None)
    return _read(source, start, size, "mac_roman") if language < _ROMAN_LANGUAGES else ""


def decode_text(data: bytes, *, whole: bool, encoding: str | None = None) -> str:
    """Decode a text; without an encoding it is UTF-16 if it begins with a byte order mark, else UTF-8.

    Args:
        data: The text without what follows it.
        whole: Whether this is all of it; otherwise the last character may be incomplete.
        encoding: Python's name of it.

    Raises:
        UnicodeDecodeError: it is not text in its encoding.
    """
    if encoding is None:
        encoding = "utf-16" if data.startswith(BYTE_ORDER_MARKS) else "utf-8"
    text = codecs.getincrementaldecoder(encoding)().decode(data, final=whole)
    return text.removeprefix(_BYTE_ORDER_MARK)


def _read(source: ByteSource, position: int, size: int, encoding: str | None) -> str:
    data = source.at(position, min(size, LONGEST_TEXT))
    return decode_text(data, whole=len(data) == size, encoding=encoding)
