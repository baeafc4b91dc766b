"""Frames of an ID3 tag (ID3v2.3.0, 3.3 and 4.2).

A frame has a name of four characters, its size (32 bits) and flags (two bytes). A frame of text begins with its
encoding: 0 is ISO 8859-1, 1 is UTF-16 with a byte order mark.
"""

import struct

_FRAME = struct.Struct(">4sI2x")


def frame(name: bytes, content: bytes) -> bytes:
    """Write a frame."""
    return _FRAME.pack(name, len(content)) + content


def text(value: str) -> bytes:
    """Write the content of a frame of text."""
    encoding, encoded = encode(value)
    return encoding + encoded


def encode(value: str) -> tuple[bytes, bytes]:
    """Give the encoding and the text in it: the shorter one where it has all the letters."""
    try:
        return b"\0", value.encode("latin-1")
    except UnicodeEncodeError:
        return b"\x01", ("\ufeff" + value).encode("utf-16-le")
