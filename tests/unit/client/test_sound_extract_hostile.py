"""Of a damaged or hostile file there is no extract but an error with a reason, within bounds of memory and time."""

import io
import random
import struct
import tracemalloc
from collections.abc import Callable
from typing import Any

import pytest

from tests.media import boxes
from tests.media.boxes import TrackRecipe, box, file_type, full_box, sample_entry, track
from tests.media.extract_files import (
    PICTURES,
    head_of_a_recording,
    heard,
    index_behind,
    index_in_front,
    pictures,
    recording,
    shown,
    sound,
)
from tests.media.extract_vectors import VECTORS
from tests.selection import thorough
from tracklift_client.sound_extract import source as bounds
from tracklift_client.sound_extract.errors import NoExtractError, Reason
from tracklift_client.sound_extract.extract import SoundExtract

MEGABYTE = 2**20
MOST = 0xFFFFFFFF


def reason_of(content: bytes) -> Reason:
    with pytest.raises(NoExtractError) as raised:
        SoundExtract(io.BytesIO(content))
    return raised.value.reason


def table(kind: bytes, *numbers: int) -> bytes:
    return full_box(kind, struct.pack(f">{len(numbers)}I", *numbers))


def with_sound(**changes: Any) -> bytes:
    """Build a file whose track of sound has some other tables."""
    return index_behind(pictures(), sound(**changes))


def fragmented(*parts: bytes) -> bytes:
    """Build a recording with one fragment of these boxes."""
    moof = box(b"moof", full_box(b"mfhd", bytes(4)), box(b"traf", *parts))
    return head_of_a_recording() + moof + box(b"mdat", bytes(100))


def _repeated() -> bytes:
    """Build a recording that claims ten times the bytes that it has."""
    content = head_of_a_recording() + box(b"mdat", bytes(10_000))
    header = full_box(b"tfhd", struct.pack(">IQ", 2, len(content) - 10_000), flags=0x1)
    run = full_box(b"trun", struct.pack(">IiI", 1, 0, 10_000), flags=0x201)
    moof = box(b"moof", full_box(b"mfhd", bytes(4)), box(b"traf", header, run))
    return content + (moof + box(b"mdat")) * 10


def _deep() -> bytes:
    inner = b""
    for _ in range(10_000):
        inner = box(b"moov", inner)
    return file_type() + box(b"moov", boxes.movie_header(), inner)


def _doubled(kind: bytes) -> bytes:
    """Build a file in which a box of the track of sound is there twice."""
    content = with_sound()
    place = content.rindex(kind) - 4
    length = int.from_bytes(content[place : place + 4])
    doubled = content[:place] + content[place : place + length] + content[place:]
    for holder in (b"moov", b"trak", b"mdia", b"minf", b"stbl"):
        start = doubled.rindex(holder, 0, place + 4) - 4
        end = start + int.from_bytes(doubled[start : start + 4])
        if end > place:
            doubled = doubled[:start] + (end - start + length).to_bytes(4) + doubled[start + 4 :]
    return doubled


HEADER = full_box(b"tfhd", struct.pack(">I", 2), flags=0x20000)
HOSTILE: dict[str, tuple[Callable[[], bytes], Reason]] = {
    "empty": (bytes, Reason.NOT_MP4),
    "seven bytes": (lambda: b"\0\0\0\x08fty", Reason.NOT_MP4),
    "a web page": (lambda: b"<!doctype html><title>Video</title>", Reason.NOT_MP4),
    "a segment of a stream": (
        lambda: box(b"styp", bytes(8)) + recording([heard()], front=b"0" * 24)[24:],
        Reason.NOT_MP4,
    ),
    "media without an index": (lambda: file_type() + box(b"mdat", bytes(99)), Reason.NOT_MP4),
    "fragments in front of the index": (
        lambda: file_type() + box(b"moof") + index_behind(pictures(), sound())[20:],
        Reason.UNSUPPORTED,
    ),
    "two types": (lambda: file_type() + index_behind(pictures(), sound()), Reason.UNSUPPORTED),
    "a compressed index": (lambda: file_type() + box(b"moov", box(b"cmov", bytes(99))), Reason.UNSUPPORTED),
    "an index without a header": (
        lambda: index_behind(pictures(), sound(), header=b""),
        Reason.DAMAGED,
    ),
    "a box of no size": (lambda: file_type() + struct.pack(">I4s", 4, b"moov") + bytes(99), Reason.DAMAGED),
    "a box that reaches out": (
        lambda: file_type() + box(b"moov", struct.pack(">I4s", 999, b"trak")) + bytes(999),
        Reason.DAMAGED,
    ),
    "a box of 16 exbibytes": (
        lambda: file_type() + box(b"moov", struct.pack(">I4sQ", 1, b"trak", 2**64 - 1)),
        Reason.DAMAGED,
    ),
    "boxes that are ten thousand deep": (_deep, Reason.NO_AUDIO),
    "ten thousand tracks": (
        lambda: file_type() + boxes.movie(track(TrackRecipe()) * 10_000),
        Reason.TOO_LARGE,
    ),
    "a track without a header": (lambda: with_sound().replace(b"tkhd", b"free"), Reason.DAMAGED),
    "a track with two headers": (lambda: _doubled(b"tkhd"), Reason.DAMAGED),
    "a track with two tables of sizes": (lambda: _doubled(b"stsz"), Reason.DAMAGED),
    "a header of an unknown version": (
        lambda: with_sound().replace(b"mdhd\0", b"mdhd\7"),
        Reason.DAMAGED,
    ),
    "a track without a sample description": (
        lambda: with_sound(stsd=table(b"stsd", 0)),
        Reason.DAMAGED,
    ),
    "a sample description that claims an entry": (
        lambda: with_sound(stsd=table(b"stsd", 1, 4)),
        Reason.DAMAGED,
    ),
    "no sample that has bytes": (lambda: with_sound(sizes=[0] * 6), Reason.NO_AUDIO),
    "four thousand million sizes": (lambda: with_sound(stsz=table(b"stsz", 0, MOST)), Reason.DAMAGED),
    "four thousand million equal sizes": (
        lambda: with_sound(stsz=table(b"stsz", MOST, MOST)),
        Reason.DAMAGED,
    ),
    "four thousand million compact sizes": (
        lambda: with_sound(stsz=table(b"stz2", 16, MOST)),
        Reason.DAMAGED,
    ),
    "compact sizes of 5 bits": (lambda: with_sound(stsz=table(b"stz2", 5, 1, 0)), Reason.DAMAGED),
    "four thousand million chunks": (lambda: with_sound(stco=table(b"stco", MOST)), Reason.TOO_LARGE),
    "more chunks than there is room for": (lambda: with_sound(stco=table(b"stco", 100, 1)), Reason.DAMAGED),
    "no chunks": (lambda: with_sound(stco=b""), Reason.DAMAGED),
    "a chunk behind the end": (lambda: with_sound(stco=table(b"stco", 3, 50, 60, MOST)), Reason.DAMAGED),
    "a chunk that reaches behind the end": (lambda: index_in_front(pictures(), sound())[:-1], Reason.DAMAGED),
    "an empty chunk behind the end": (
        lambda: with_sound(stco=table(b"stco", 4, 50, 60, 70, 9999)),
        Reason.DAMAGED,
    ),
    "a chunk at the last position of 64 bits": (
        lambda: with_sound(stco=full_box(b"co64", struct.pack(">IQ", 1, 2**64 - 1))),
        Reason.DAMAGED,
    ),
    "chunks without numbers of samples": (lambda: with_sound(stsc=table(b"stsc", 0)), Reason.DAMAGED),
    "chunks that do not begin with the first": (
        lambda: with_sound(stsc=table(b"stsc", 1, 2, 2, 1)),
        Reason.DAMAGED,
    ),
    "chunks that go back": (
        lambda: with_sound(stsc=table(b"stsc", 2, 1, 2, 1, 1, 2, 1)),
        Reason.DAMAGED,
    ),
    "chunks of no samples": (lambda: with_sound(stsc=table(b"stsc", 1, 1, 0, 1)), Reason.DAMAGED),
    "chunks behind the last one": (
        lambda: with_sound(stsc=table(b"stsc", 2, 1, 2, 1, 9, 2, 1)),
        Reason.DAMAGED,
    ),
    "four thousand million runs of chunks": (lambda: with_sound(stsc=table(b"stsc", MOST)), Reason.DAMAGED),
    "four thousand million edits": (
        lambda: with_sound(edits=box(b"edts", table(b"elst", MOST))),
        Reason.TOO_LARGE,
    ),
    "more edits than there is room for": (
        lambda: with_sound(edits=box(b"edts", table(b"elst", 3))),
        Reason.DAMAGED,
    ),
    "fragments that all name the same bytes": (_repeated, Reason.NOT_SMALLER),
    "samples without a chunk": (lambda: with_sound(stsc=table(b"stsc", 1, 1, 1, 1)), Reason.DAMAGED),
    "all chunks at one place, five hundred times": (
        lambda: with_sound(
            sizes=[40] * 1000,
            stsz=table(b"stsz", 40, 1000),
            stco=table(b"stco", 500, *[40] * 500),
            stsc=table(b"stsc", 1, 1, 2, 1),
        ),
        Reason.DAMAGED,
    ),
    "encrypted sound": (lambda: with_sound(entry=sample_entry(b"drms")), Reason.ENCRYPTED),
    "single samples that do not add up": (
        lambda: with_sound(
            entry=sample_entry(b"sowt"), stts=table(b"stts", 1, 6, 1), stsz=table(b"stsz", 1, 7)
        ),
        Reason.DAMAGED,
    ),
    "an index without fragments that it does not announce": (
        lambda: recording([shown(), heard()], front=head_of_a_recording().replace(b"mvex", b"free")),
        Reason.UNSUPPORTED,
    ),
    "fragments without sound": (lambda: recording([shown()]), Reason.UNSUPPORTED),
    "a fragment without media": (
        lambda: recording([shown(), heard()]) + box(b"moof", full_box(b"mfhd", bytes(4))),
        Reason.DAMAGED,
    ),
    "a fragment of an unknown track": (
        lambda: fragmented(full_box(b"tfhd", struct.pack(">I", 7))),
        Reason.DAMAGED,
    ),
    "a fragment without a header": (lambda: fragmented(table(b"trun", 0)), Reason.DAMAGED),
    "a time behind the runs": (
        lambda: fragmented(HEADER, full_box(b"trun", struct.pack(">I", 0)), full_box(b"tfdt", bytes(4))),
        Reason.DAMAGED,
    ),
    "an impossible time": (
        lambda: fragmented(HEADER, full_box(b"tfdt", b"\xff" * 8, version=1)),
        Reason.DAMAGED,
    ),
    "a run of four thousand million sizes": (
        lambda: fragmented(HEADER, full_box(b"trun", struct.pack(">II", MOST, 0), flags=0x201)),
        Reason.DAMAGED,
    ),
    "a run of four thousand million samples without a size": (
        lambda: fragmented(HEADER, full_box(b"trun", struct.pack(">II", MOST, 0), flags=0x1)),
        Reason.DAMAGED,
    ),
    "a run behind the end": (
        lambda: fragmented(HEADER, full_box(b"trun", struct.pack(">III", 1, 90, 99), flags=0x201)),
        Reason.DAMAGED,
    ),
    "a run in front of the file": (
        lambda: fragmented(HEADER, full_box(b"trun", struct.pack(">IiI", 1, -(2**31), 9), flags=0x201)),
        Reason.DAMAGED,
    ),
    "two runs of which one does not say where it lies": (
        lambda: fragmented(HEADER, *[full_box(b"trun", struct.pack(">II", 1, 1), flags=0x200)] * 2),
        Reason.UNSUPPORTED,
    ),
    "fragments without samples": (lambda: recording([heard(sizes=[])]), Reason.NO_AUDIO),
    "more runs of chunks than chunks": (
        lambda: with_sound(stsc=table(b"stsc", 4, *[1, 1, 1] * 4)),
        Reason.DAMAGED,
    ),
    "a late first fragment without bytes": (
        lambda: recording([shown(), heard(9999, sizes=[])], [heard(9999)]),
        Reason.UNSUPPORTED,
    ),
    "an encrypted fragment": (
        lambda: recording([shown(), heard(between=full_box(b"senc", bytes(4)))]),
        Reason.ENCRYPTED,
    ),
    "times that an index of segments tells": (
        lambda: recording(
            [shown(None), heard(None)], front=head_of_a_recording() + full_box(b"sidx", bytes(24))
        ),
        Reason.UNSUPPORTED,
    ),
    "defaults twice": (
        lambda: index_behind(
            pictures(), sound(), extends=box(b"mvex", *[table(b"trex", PICTURES, 1, 0, 0, 0)] * 2)
        ),
        Reason.DAMAGED,
    ),
}
"""How each is made, and why there is no extract of it."""


@pytest.mark.parametrize("name", HOSTILE)
def test_there_is_no_extract_of(name: str) -> None:
    """It is said why, and little memory is used, whatever a table claims."""
    make, reason = HOSTILE[name]
    content = make()
    tracemalloc.start()
    try:
        assert reason_of(content) is reason
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()

    assert peak < MEGABYTE + 20 * len(content)


@pytest.mark.parametrize(
    "name", ["index-in-front", "tags-and-chapters", "fragments-pictures-first", "quicktime"]
)
def test_a_file_that_is_cut_off_anywhere_gives_its_extract_or_an_error(name: str) -> None:
    """At each byte: an extract only where all of its sound is there."""
    content = VECTORS[name]()
    for length in range(len(content)):
        try:
            made = SoundExtract(io.BytesIO(content[:length]))
        except NoExtractError:
            continue
        assert len(made.read(0, made.size)) == made.size


@pytest.mark.one_in(4)
@pytest.mark.parametrize("cases", [50, *thorough([500])])
@pytest.mark.parametrize("name", [name for name in VECTORS if not name.startswith("refused-")])
def test_damage_anywhere_gives_an_extract_or_an_error(name: str, cases: int) -> None:
    """Never another exception, nor more bytes than the file has."""
    chance, whole = random.Random(name), VECTORS[name]()  # noqa: S311 - no secret
    start = 0 if whole[24:28] != b"mdat" else len(whole) // 3
    for _ in range(cases):
        content = bytearray(whole)
        for _ in range(chance.choice([1, 1, 2, 5])):
            place = chance.randrange(start, len(content))
            content[place] = chance.choice([0, 1, 0x7F, 0x80, 0xFF, chance.randrange(256)])
        try:
            made = SoundExtract(io.BytesIO(content))
        except NoExtractError:
            continue
        assert len(made.read(0, made.size)) == made.size < len(content)


@pytest.mark.parametrize(
    "endless",
    [
        box(b"free") * 2000,
        recording([shown(), heard()])[len(head_of_a_recording()) :] * 300,
        box(b"moof", full_box(b"mfhd", bytes(4)), box(b"free") * 2000) + box(b"mdat"),
    ],
    ids=["boxes", "fragments", "boxes-in-a-fragment"],
)
def test_a_file_of_nothing_but_boxes_comes_to_an_end(endless: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    """At a limit."""
    monkeypatch.setattr(bounds, "MOST_BOXES", 1000)

    assert reason_of(recording([shown(), heard()]) + endless) in {Reason.TOO_LARGE, Reason.DAMAGED}


def test_an_index_without_end_comes_to_one(monkeypatch: pytest.MonkeyPatch) -> None:
    """No more bytes are read than a limit allows."""
    monkeypatch.setattr(bounds, "MOST_BYTES", 1000)

    assert reason_of(index_behind(pictures(), sound())) is Reason.TOO_LARGE


def test_the_chunks_of_all_tracks_count_together(monkeypatch: pytest.MonkeyPatch) -> None:
    """A hundred tracks must not take a hundred times the memory that is allowed for one."""
    monkeypatch.setattr(bounds, "MOST_CHUNKS", 7)
    one, other = sound(), sound(77)

    assert SoundExtract(io.BytesIO(index_behind(pictures(), one))).size > 0
    assert reason_of(index_behind(pictures(), one, other)) is Reason.TOO_LARGE


def test_an_error_says_what_and_why() -> None:
    """For a log."""
    with pytest.raises(NoExtractError, match="encrypted: the sound is encrypted"):
        SoundExtract(io.BytesIO(with_sound(entry=sample_entry(b"enca"))))
