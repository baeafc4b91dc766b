"""An MP3 is as long as what the edit list plays, to the sample, at every rate that MP3 has."""

import random
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from mutagen import mp3

from tests.media.conversion import convert
from tests.media.mp3 import read_mp3
from tests.media.reshaping import Video
from tests.media.samples import made
from tracklift_domain.extraction.options import SAMPLE_RATES

pytestmark = [pytest.mark.media, pytest.mark.each_value_once]

SECONDS = 4
CODECS = {"aac": "-c:a aac", "flac": "-c:a flac", "alac": "-c:a alac"}
CODERS = {**CODECS, "ima": "-c:a adpcm_ima_qt -f mov"}


def recording(codec: str, rate: int) -> bytes:
    recipe = (
        f"-f lavfi -i color=size=16x16:rate=10:duration={SECONDS}"
        f" -f lavfi -i sine=frequency=440:sample_rate={rate}:duration={SECONDS}"
        f" -c:v libx264 -preset ultrafast {CODERS[codec]} -ar {rate} -ac 1 -strict -2"
    )
    return made(f"ends-{codec}", recipe).read_bytes()


def played(content: bytes, rate: int, start: int, count: int) -> bytes:
    """Play so many samples from one of the media on, in a movie that counts samples."""
    video = Video.read(content)
    header = video.movie.find(b"mvhd")
    header.payload = header.payload[:12] + rate.to_bytes(4) + header.payload[16:]
    video.sound().timescale = rate
    video.play((start / rate, count / rate))
    return video.written()


def require_length(content: bytes, count: int, rate: int, folder: Path) -> None:
    """Make sure that each reader finds so many samples."""
    converted = convert(content, folder)
    file = converted.audio.path
    announced = read_mp3(file.read_bytes())
    assert len(converted.heard.samples) == count
    assert announced.announced_samples == count
    assert converted.audio.duration == pytest.approx(count / rate, abs=1e-9)
    # Of the shortest files ffmpeg is not sure that they are MP3s.
    assert converted.heard.warnings == "" or count < rate
    information: Any = mp3.MP3(file).info  # type: ignore[no-untyped-call] # published without types
    assert information.sample_rate == rate
    assert information.length == pytest.approx(count / rate, abs=0.6 / rate)


@pytest.mark.one_in(3)
@pytest.mark.parametrize("rate", SAMPLE_RATES)
@pytest.mark.parametrize("codec", CODECS)
def test_an_edit_list_ends_anywhere(codec: str, rate: int, tmp_path: Path) -> None:
    """Within a frame, at its border, and within a frame of the MP3."""
    content = recording(codec, rate)
    chance = random.Random(rate)  # noqa: S311 - no secret
    counts = [
        rate,
        1152,
        1153,
        2 * 1152 - 529,
        3 * rate - 1,
        *(chance.randrange(1000, 3 * rate) for _ in range(2)),
    ]

    for count in counts:
        start = chance.choice([1024, 0, 1, chance.randrange(rate // 2)])
        require_length(played(content, rate, start, count), count, rate, tmp_path)


@settings(max_examples=12 if settings().max_examples > 50 else 5, deadline=None)
@given(
    rate=st.sampled_from(SAMPLE_RATES),
    codec=st.sampled_from(sorted(CODECS)),
    start=st.floats(0, 1.5),
    seconds=st.floats(0.05, 2.4),
)
def test_any_part_is_as_long_as_it_says(
    tmp_path_factory: pytest.TempPathFactory, rate: int, codec: str, start: float, seconds: float
) -> None:
    """Whatever its beginning and its end."""
    count = round(seconds * rate)

    require_length(
        played(recording(codec, rate), rate, round(start * rate), count),
        count,
        rate,
        tmp_path_factory.mktemp("part"),
    )


@pytest.mark.one_in(3)
@pytest.mark.parametrize("rate", SAMPLE_RATES)
def test_without_an_edit_list_the_last_packets_duration_is_the_end(rate: int, tmp_path: Path) -> None:
    """Padding behind it is not heard."""
    content = recording("aac", rate)
    video = Video.read(content)
    video.play()
    durations = video.sound().durations
    video.sound().durations = [*durations[:-1], 300]

    require_length(video.written(), sum(durations[:-1]) + 300, rate, tmp_path)


@pytest.mark.parametrize("codec", ["aac", "ima"])
def test_a_last_packet_of_no_duration_is_played_whole(codec: str, tmp_path: Path) -> None:
    """Though the header declares that the sound ends within it."""
    rate = 44_100
    video = Video.read(recording(codec, rate))
    video.play()
    *durations, _ = video.sound().durations
    video.sound().durations = [*durations, 0]
    video.sound().declare((sum(durations) + 20) / rate)

    require_length(video.written(), sum(durations) + durations[-1], rate, tmp_path)
