"""Files that people send by mistake or on purpose, and that no converter may trip over."""

import random
import struct
import zlib
from collections.abc import Callable

from tests.media import boxes
from tests.media.boxes import TrackRecipe, audio_file, full_box, sample_entry, track, video_file
from tests.media.samples import sample
from tracklift_domain.extraction.failure import FailureCode


def half(name: str) -> bytes:
    whole = sample(name).read_bytes()
    return whole[: len(whole) // 2]


def _picture() -> bytes:
    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    pixels = zlib.compress(b"\0\xff\xff\xff")
    header = chunk(b"IHDR", struct.pack(">IIBBBBB", 1, 1, 8, 2, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + header + chunk(b"IDAT", pixels) + chunk(b"IEND", b"")


def _noise() -> bytes:
    return random.Random(3).randbytes(100_000)  # noqa: S311 (test data, no secret)


def _noisy_media() -> bytes:
    """A whole file whose audio samples are noise."""
    whole = bytearray(sample("audio-only").read_bytes())
    start = whole.index(b"mdat") + 4
    end = whole.index(b"moov") - 4
    whole[start:end] = random.Random(4).randbytes(end - start)  # noqa: S311 (test data, no secret)
    return bytes(whole)


def _sample_size_bomb() -> bytes:
    """644 bytes that claim 200 million samples of one byte."""
    recipe = TrackRecipe(stsz=full_box(b"stsz", struct.pack(">II", 1, 200_000_000)))
    recipe.stts = full_box(b"stts", struct.pack(">III", 1, 200_000_000, 1024))
    recipe.stsc = full_box(b"stsc", struct.pack(">IIII", 1, 1, 200_000_000, 1))
    return audio_file(recipe, media=64)


def _table_bomb() -> bytes:
    """A table of sample sizes that claims four thousand million entries and has none."""
    return audio_file(TrackRecipe(stsz=full_box(b"stsz", struct.pack(">II", 0, 0xFFFFFFFF))))


def _deep_nesting() -> bytes:
    """Boxes in boxes, 10,000 deep."""
    inner = b""
    for _ in range(10_000):
        inner = boxes.box(b"moov", inner)
    return boxes.file_type() + inner


def _unknown_codec() -> bytes:
    return audio_file(TrackRecipe(entry=sample_entry(b"ac-4")))


def _encrypted() -> bytes:
    return audio_file(TrackRecipe(entry=sample_entry(b"enca")))


def _external_media() -> bytes:
    reference = full_box(b"url ", b"file:///etc/passwd\0")
    return audio_file(TrackRecipe(entry=sample_entry(b"sowt"), data_reference=reference))


def _empty_samples() -> bytes:
    count = 500_000
    sizes = full_box(b"stsz", struct.pack(">II", 0, count), bytes(4 * count))
    return audio_file(TrackRecipe(samples=count, stsz=sizes))


HOSTILE: dict[str, tuple[Callable[[], bytes], FailureCode]] = {
    "empty": (bytes, FailureCode.NOT_A_VIDEO),
    "text": (lambda: b"Dear video,\nplease be one.\n" * 20, FailureCode.NOT_A_VIDEO),
    "playlist": (lambda: b"#EXTM3U\n#EXTINF:10,\nneighbour.mp4\n#EXT-X-ENDLIST\n", FailureCode.NOT_A_VIDEO),
    "list-of-files": (lambda: b"ffconcat version 1.0\nfile neighbour.mp4\n", FailureCode.NOT_A_VIDEO),
    "picture": (_picture, FailureCode.NOT_A_VIDEO),
    "noise": (_noise, FailureCode.NOT_A_VIDEO),
    "half-with-index-at-front": (lambda: half("index-at-front"), FailureCode.CORRUPT_MEDIA),
    "half-with-index-at-end": (lambda: half("index-at-end"), FailureCode.CORRUPT_MEDIA),
    "noisy-media": (_noisy_media, FailureCode.CORRUPT_MEDIA),
    "sample-size-bomb": (_sample_size_bomb, FailureCode.CORRUPT_MEDIA),
    "empty-samples": (_empty_samples, FailureCode.NO_AUDIO_TRACK),
    "table-bomb": (_table_bomb, FailureCode.CORRUPT_MEDIA),
    "many-tracks": (lambda: video_file(track(TrackRecipe()) * 10_000), FailureCode.CORRUPT_MEDIA),
    "many-boxes": (lambda: boxes.file_type() + boxes.box(b"free") * 500_000, FailureCode.CORRUPT_MEDIA),
    "deep-nesting": (_deep_nesting, FailureCode.NO_AUDIO_TRACK),
    "box-of-no-size": (
        lambda: boxes.file_type() + struct.pack(">I4s", 4, b"moov") + bytes(100),
        FailureCode.CORRUPT_MEDIA,
    ),
    "external-media": (_external_media, FailureCode.CORRUPT_MEDIA),
    "no-audio": (lambda: sample("no-audio").read_bytes(), FailureCode.NO_AUDIO_TRACK),
    "unknown-codec": (_unknown_codec, FailureCode.UNSUPPORTED_CODEC),
    "encrypted": (_encrypted, FailureCode.UNSUPPORTED_CODEC),
}
"""How each is made, and how a conversion of it fails."""
