"""Packets that do not decode are silence in the MP3, whose length and the rest stay as they are."""

import random
from collections.abc import Callable, Iterable
from pathlib import Path

import pytest

from tests.media.conversion import convert
from tests.media.listening import silences
from tests.media.reshaping import Track, Video
from tests.media.tones import tone
from tracklift_domain.extraction.errors import ExtractionError

pytestmark = [pytest.mark.media, pytest.mark.each_value_once]

SECONDS = 6
FILLINGS: dict[str, Callable[[int], bytes]] = {
    "noise": lambda size: random.Random(4).randbytes(size),  # noqa: S311 - no secret
    "ones": lambda size: b"\xff" * size,
    "zeros": bytes,
}


def overwritten(content: bytes, packets: Iterable[int], filling: str) -> bytes:
    damaged, sound = bytearray(content), Video.read(content).sound()
    offsets, sizes = sound.offsets, sound.sizes
    for packet in packets:
        place = slice(offsets[packet], offsets[packet] + sizes[packet])
        damaged[place] = FILLINGS[filling](sizes[packet])
    return bytes(damaged)


def each_lasts(sound: Track) -> float:
    return sound.durations[1] / sound.timescale


def span(sound: Track, first: int, count: int) -> tuple[float, float]:
    """Give where packets are heard: a second of what is played, and a duration in seconds."""
    payload = sound.box.find(b"edts", b"elst").payload
    start = int.from_bytes(payload[12:16]) / sound.timescale
    return first * each_lasts(sound) - start, count * each_lasts(sound)


WHOLLY_NOTICED = [
    *(("aac", filling) for filling in FILLINGS),
    *(("aac-16", filling) for filling in FILLINGS),
    *(("flac", filling) for filling in FILLINGS),
    *(("ac3", filling) for filling in FILLINGS),
    ("alac", "zeros"),
    ("opus", "ones"),
    ("mp3", "noise"),
    ("mp3", "ones"),
]
TAKEN_ALONG = {"ac3": (1, 0), "mp3": (0, 1)}
"""Packets in front and behind that are lost too: the parser of AC-3 takes the damage for a part of the one in front,
and MP3's frames need the bytes of those in front of them."""


@pytest.mark.one_in(3)
@pytest.mark.parametrize(
    "options", [{}, {"start": 1.5}, {"end": 4.5}, {"start": 0.75, "end": 5.4}, {"start": 3.1}]
)
@pytest.mark.parametrize(("codec", "filling"), WHOLLY_NOTICED)
def test_damaged_packets_are_silence_and_told(
    codec: str, filling: str, options: dict[str, float], tmp_path: Path
) -> None:
    """As many seconds, at their place in the MP3, also where the MP3 is a part that begins among them."""
    content = tone(codec, seconds=SECONDS)
    sound = Video.read(content).sound()
    first, count = len(sound.sizes) // 2, max(3, len(sound.sizes) * 15 // 430)

    converted = convert(overwritten(content, range(first, first + count), filling), tmp_path, **options)

    before, behind = TAKEN_ALONG.get(codec, (0, 0))
    place, seconds = span(sound, first - before, before + count + behind)
    start, end = options.get("start", 0.0), options.get("end", SECONDS)
    lost = place + seconds - max(place, start)
    damage = converted.audio.damage
    assert damage is not None
    assert converted.heard.seconds == pytest.approx(end - start, abs=0.001)
    assert damage.seconds == pytest.approx(lost, abs=0.008)
    assert list(damage.at) == pytest.approx([max(0.0, place - start)], abs=0.008)
    assert damage.cut_off is None
    ((at, silent),) = silences(converted.heard)
    assert at == pytest.approx(damage.at[0], abs=0.01)
    # Behind a loss, a decoder whose packets overlap lets its sound rise.
    assert silent == pytest.approx(damage.seconds, abs=0.02)


@pytest.mark.one_in(2)
@pytest.mark.parametrize(
    ("codec", "filling"),
    [("opus", "noise"), ("opus", "zeros"), ("alac", "ones"), ("alac", "noise"), ("mp3", "zeros")],
)
def test_damage_that_a_decoder_takes_for_sound_moves_nothing(
    codec: str, filling: str, tmp_path: Path
) -> None:
    """Such as zeros, which are a kind of packet in Opus: the tone behind them is where it was."""
    content = tone(codec, seconds=SECONDS)
    count = len(Video.read(content).sound().sizes)

    converted = convert(overwritten(content, range(count // 2, count // 2 + 5), filling), tmp_path)

    assert converted.heard.seconds == pytest.approx(SECONDS, abs=0.04)


@pytest.mark.parametrize("codec", ["aac", "flac"])
def test_damage_at_several_places_is_told_by_place(codec: str, tmp_path: Path) -> None:
    """Also at the first and the last packet that are heard."""
    content = tone(codec, seconds=SECONDS)
    sound = Video.read(content).sound()
    count = len(sound.sizes)
    places = [1, 60, 61, 62, 130, 200, count - 2]

    converted = convert(overwritten(content, places, "ones"), tmp_path)

    damage = converted.audio.damage
    assert damage is not None
    assert damage.seconds == pytest.approx(len(places) * each_lasts(sound), abs=0.002)
    expected = [max(0.0, span(sound, packet, 1)[0]) for packet in (1, 60, 130, 200, count - 2)]
    assert damage.at == tuple(pytest.approx(place, abs=0.002) for place in expected)
    assert converted.heard.seconds == pytest.approx(SECONDS, abs=0.001)


def test_damage_in_what_is_not_played_is_none(tmp_path: Path) -> None:
    """The edit list leaves it out."""
    video = Video.read(overwritten(tone("aac", seconds=SECONDS), range(10, 20), "noise"))
    video.play((2.0, 3.0))

    converted = convert(video.written(), tmp_path)

    assert converted.audio.damage is None
    assert converted.heard.seconds == pytest.approx(3, abs=0.001)


@pytest.mark.parametrize(
    ("share", "refused"), [(0.05, False), (0.09, False), (0.12, True), (0.5, True), (1.0, True)]
)
@pytest.mark.parametrize("codec", ["aac", "ac3", "flac", "mp3"])
def test_more_damage_than_a_tenth_is_refused(
    codec: str, share: float, *, refused: bool, tmp_path: Path
) -> None:
    """The limit is the same for all codecs."""
    content = tone(codec, seconds=SECONDS)
    count = len(Video.read(content).sound().sizes)
    first = 0 if share == 1 else count // 4
    damaged = overwritten(content, range(first, first + int(count * share)), "noise")

    # Whatever bit rate: an MP3 that is copied does not decode what it holds.
    if refused:
        with pytest.raises(ExtractionError, match="corrupt_media"):
            convert(damaged, tmp_path, bitrate=128)
    else:
        assert convert(damaged, tmp_path, bitrate=128).audio.damage is not None


@pytest.mark.parametrize("missing", [1, 100, 5000, 0.5, 0.9])
@pytest.mark.parametrize("codec", ["aac", "ac3", "flac", "mp3", "opus"])
def test_an_ordinary_file_that_lacks_bytes_is_refused(codec: str, missing: float, tmp_path: Path) -> None:
    """Its index is in front, so that it is there; the last packet is not."""
    content = tone(codec, seconds=SECONDS, more="-movflags faststart")
    left = len(content) - missing if missing >= 1 else int(len(content) * (1 - missing))

    with pytest.raises(ExtractionError, match="corrupt_media"):
        convert(content[: int(left)], tmp_path)
