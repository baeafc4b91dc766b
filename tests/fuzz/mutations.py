"""Damaging MP4s in ways that a parser may not expect. The same seed damages in the same way."""

import random
import struct
from collections.abc import Callable

_BOXES = (
    b"ftyp moov mvhd trak tkhd mdia mdhd hdlr minf smhd dinf dref stbl stsd stts ctts stsc stsz stco co64 stss elst "
    b"edts mp4a esds dOps Opus ac-3 dac3 alac .mp3 udta meta ilst moof mfhd traf tfhd tfdt trun mvex trex mehd mdat"
).split()
_TELLING = (
    0,
    1,
    2,
    7,
    8,
    0x7F,
    0xFF,
    0x7FFF,
    0xFFFF,
    0x10000,
    0x7FFFFFFF,
    0x80000000,
    0xFFFFFFF0,
    0xFFFFFFFF,
)
"""Numbers at the edges of what fields hold."""
_LARGEST = 2**20
"""Bytes that one mutation copies at most."""

Mutation = Callable[[bytearray, random.Random], None]


def mutated(video: bytes, chance: random.Random) -> bytes:
    """Damage a video in one to four ways."""
    damaged = bytearray(video)
    for _ in range(chance.choice((1, 1, 1, 2, 2, 4))):
        chance.choice(_MUTATIONS)(damaged, chance)
        if not damaged:
            break
    return bytes(damaged)


def _near_a_box(video: bytearray, chance: random.Random) -> int:
    """Give a position in the head of a box or in its first fields, or anywhere where there is no such box."""
    found = [at for box in _BOXES if (at := _find(video, box, chance)) >= 0]
    at = chance.choice(found) if found else chance.randrange(len(video))
    return min(max(at - 4 + 4 * chance.randrange(12), 0), len(video) - 1)


def _find(video: bytearray, box: bytes, chance: random.Random) -> int:
    places: list[int] = []
    at = video.find(box)
    while at >= 0 and len(places) < 8:
        places.append(at)
        at = video.find(box, at + 4)
    return chance.choice(places) if places else -1


def _set_field(video: bytearray, chance: random.Random) -> None:
    at = _near_a_box(video, chance)
    value = chance.choice((chance.choice(_TELLING), chance.getrandbits(32)))
    video[at : at + 4] = struct.pack(">I", value)[: len(video) - at]


def _shift_field(video: bytearray, chance: random.Random) -> None:
    at = min(_near_a_box(video, chance), max(len(video) - 4, 0))
    value = int.from_bytes(video[at : at + 4]) + chance.choice((-1024, -8, -4, -1, 1, 4, 8, 1024))
    video[at : at + 4] = struct.pack(">I", value % 2**32)[: len(video) - at]


def _rename_box(video: bytearray, chance: random.Random) -> None:
    at = _find(video, chance.choice(_BOXES), chance)
    if at >= 0:
        video[at : at + 4] = chance.choice(_BOXES)


def _flip_bits(video: bytearray, chance: random.Random) -> None:
    for _ in range(chance.choice((1, 8, 64, 1000))):
        video[chance.randrange(len(video))] ^= 1 << chance.randrange(8)


def _fill(video: bytearray, chance: random.Random) -> None:
    at = chance.randrange(len(video))
    count = min(chance.choice((16, 256, 4096)), len(video) - at)
    video[at : at + count] = chance.choice((bytes(count), b"\xff" * count, chance.randbytes(count)))


def _cut_off(video: bytearray, chance: random.Random) -> None:
    del video[chance.randrange(len(video)) :]


def _cut_out(video: bytearray, chance: random.Random) -> None:
    at = chance.randrange(len(video))
    del video[at : at + chance.choice((1, 4, 100, 5000))]


def _repeat(video: bytearray, chance: random.Random) -> None:
    at = chance.randrange(len(video))
    video[at:at] = video[at : at + chance.choice((4, 100, 5000, _LARGEST))]


def _move(video: bytearray, chance: random.Random) -> None:
    at, count = chance.randrange(len(video)), chance.choice((4, 100, 5000))
    part = video[at : at + count]
    del video[at : at + count]
    to = chance.randrange(len(video) + 1)
    video[to:to] = part


_MUTATIONS: tuple[Mutation, ...] = (
    # Most of the interesting damage is in the index.
    _set_field,
    _set_field,
    _set_field,
    _shift_field,
    _shift_field,
    _rename_box,
    _flip_bits,
    _fill,
    _cut_off,
    _cut_out,
    _repeat,
    _move,
)
