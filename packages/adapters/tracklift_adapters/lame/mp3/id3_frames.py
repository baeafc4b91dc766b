"""Frames of an ID3 tag (ID3v2.3.0, 3.3 and 4.2).

A frame has a name of four characters, its size (32 bits) and flags (two bytes). The content of a text frame begins with
its encoding: 0 is ISO 8859-1, 1 is UTF-16 with a byte order mark.
"""

import struct

_FRAME = struct.Struct(">4sI2x")


def frame(name: bytes, content: bytes) -> bytes:
    """Encode a frame."""
    return _FRAME.pack(name, len(content)) + content


def text(value: str) -> bytes:
    """Encode the content of a text frame."""
    encoding, encoded = encode(value)
    return encoding + encoded


def encode(value: str) -> tuple[bytes, bytes]:
    """Return the encoding and the encoded text: ISO 8859-1 if it has all characters, else UTF-16."""
    try:
        return b"\0", value.encode("latin-1")
    except UnicodeEncodeError:
        return b"\x01", ("\ufeff" + value).encode("utf-16-le")
