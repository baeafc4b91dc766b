"""The elementary stream descriptor (box `esds`; ISO/IEC 14496-1, 7.2.6).

Descriptors lie inside one another: each has a tag (one byte), a size (one to four bytes of seven bits, the top bit
says that another follows) and a payload. ES_Descriptor (tag 3) holds DecoderConfigDescriptor (tag 4), which names the
kind of stream (object type indication) and holds DecoderSpecificInfo (tag 5), for AAC its AudioSpecificConfig.
"""

from dataclasses import dataclass

_STREAM, _DECODER, _SPECIFIC = 3, 4, 5


@dataclass(frozen=True, slots=True)
class ElementaryStream:
    """What the descriptor tells: 0 and nothing where it is too short."""

    object_type: int = 0
    """Object type indication: 0x40 for MPEG-4 audio, 0x69 and 0x6B for MPEG-2 and MPEG-1 layers I to III."""
    config: bytes = b""


def read_elementary_stream(payload: bytes) -> ElementaryStream:
    """Read the payload of `esds` behind its version and flags."""
    tag, body = _descriptor(payload)
    if tag == _STREAM and len(body) >= 3:
        tag, body = _descriptor(body[3 + _optional_fields(body) :])
    if tag != _DECODER or len(body) < 13:
        return ElementaryStream()
    inner, config = _descriptor(body[13:])
    return ElementaryStream(body[0], config if inner == _SPECIFIC else b"")


def _optional_fields(stream: bytes) -> int:
    flags = stream[2]
    length = 2 if flags & 0x80 else 0
    if flags & 0x40 and len(stream) > 3 + length:
        length += 1 + stream[3 + length]
    return length + (2 if flags & 0x20 else 0)


def _descriptor(data: bytes) -> tuple[int, bytes]:
    """Give the tag and the payload of the first descriptor; tag 0 where there is none."""
    if len(data) < 2:
        return 0, b""
    size = 0
    for index in range(1, min(5, len(data))):
        size = size << 7 | data[index] & 0x7F
        if not data[index] & 0x80:
            return data[0], data[index + 1 : index + 1 + size]
    return 0, b""
