"""Of a track that is MP3 already, what the edit list cuts away is in no MP3, and the rest is not encoded anew."""

from pathlib import Path

import numpy as np
import pytest

from tests.media import ffmpeg
from tests.media.conversion import convert
from tests.media.listening import silences
from tests.media.reshaping import Video
from tests.media.samples import made

pytestmark = [pytest.mark.media, pytest.mark.each_value_once]

RATES = [44100, 48000, 32000, 22050, 16000]
SECONDS = 4
# Each half second has a pitch of its own.
SOUND = "0.5*sin(2*PI*(300+200*floor(2*t))*t)"


def recording(rate: int, more: str = "") -> bytes:
    recipe = (
        f"-f lavfi -i color=size=16x16:rate=10:duration={SECONDS}"
        f" -f lavfi -i aevalsrc='{SOUND}':sample_rate={rate}:duration={SECONDS}"
        f" -c:v libx264 -preset ultrafast -c:a libmp3lame -ar {rate} {more}"
    )
    return made("mp3-track", recipe).read_bytes()


def frames(content: bytes) -> list[bytes]:
    sound = Video.read(content).sound()
    return [content[at : at + size] for at, size in zip(sound.offsets, sound.sizes, strict=True)]


def level_at(heard: ffmpeg.Decoded, pitch: float) -> float:
    """Give the amplitude of a tone anywhere in the sound."""
    size = heard.rate // 8
    blocks = heard.samples[: len(heard.samples) // size * size, 0].reshape(-1, size)
    wave = np.exp(-2j * np.pi * pitch * np.arange(size) / heard.rate) * np.hanning(size)
    return float(np.abs(blocks @ wave).max() * 4 / size)


@pytest.mark.parametrize("more", ["-b:a 96k", "-b:a 64k -ac 2", "-q:a 4"])
@pytest.mark.parametrize("rate", RATES)
@pytest.mark.one_in(2)
def test_an_uncut_track_is_copied_frame_by_frame(rate: int, more: str, tmp_path: Path) -> None:
    """Every frame is in the MP3 as it was, and what is heard is what ffmpeg hears of the video."""
    content = recording(rate, more)
    source = tmp_path / "video.mp4"
    source.write_bytes(content)

    converted = convert(content, tmp_path)

    assert b"".join(frames(content)[1:]) in converted.audio.path.read_bytes()
    assert np.array_equal(converted.heard.samples, ffmpeg.decode(source).samples)


@pytest.mark.parametrize(
    ("start", "end"), [(1.0, 4.0), (0.0, 3.0), (1.5, 2.5), (3.0, 4.0), (0.0, 0.5), (0.5, 3.9)]
)
@pytest.mark.parametrize("rate", RATES)
@pytest.mark.one_in(2)
def test_what_is_cut_away_is_neither_heard_nor_in_the_file(
    rate: int, start: float, end: float, tmp_path: Path
) -> None:
    """As someone may have cut it away for a reason."""
    content = recording(rate, "-b:a 96k")
    video = Video.read(content)
    video.play((start, end - start))

    converted = convert(video.written(), tmp_path)

    data, each = converted.audio.path.read_bytes(), 1152 if rate >= 32000 else 576
    outside = [
        frame
        for number, frame in enumerate(frames(content))
        if (number + 2) * each / rate < start - 0.05 or number * each / rate > end + 0.15
    ]
    assert outside or end - start > SECONDS - 0.4
    # Frames of silence may be like any others.
    assert not any(frame[4:] in data for frame in outside)
    assert converted.heard.seconds == pytest.approx(end - start, abs=0.03)
    for half in range(2 * SECONDS):
        is_inside = start - 0.01 < half / 2 and half / 2 + 0.5 < end + 0.01
        is_outside = half / 2 + 0.5 < start - 0.06 or half / 2 > end + 0.06
        if is_inside or is_outside:
            assert (level_at(converted.heard, 300 + 200 * half) > 0.25) is is_inside, half


@pytest.mark.parametrize("rate", RATES)
@pytest.mark.one_in(2)
def test_a_pause_inside_is_silence(rate: int, tmp_path: Path) -> None:
    """Frames that follow each other can't keep it."""
    video = Video.read(recording(rate, "-b:a 96k"))
    video.play((0.5, 1.0), (None, 0.75), (2.0, 1.0))

    heard = convert(video.written(), tmp_path).heard

    assert heard.seconds == pytest.approx(2.75, abs=0.001)
    ((at, seconds),) = silences(heard, 0.1)
    assert at == pytest.approx(1, abs=0.02)
    assert seconds == pytest.approx(0.75, abs=0.03)


@pytest.mark.parametrize("rate", RATES)
@pytest.mark.one_in(2)
def test_a_gap_in_its_times_is_silence(rate: int, tmp_path: Path) -> None:
    """The same in the table of durations."""
    video = Video.read(recording(rate, "-b:a 96k"))
    video.sound().change_durations(lambda number, delta: delta + rate if number == 40 else delta)
    video.play((0.05, 4.5))

    heard = convert(video.written(), tmp_path).heard

    assert heard.seconds == pytest.approx(4.5, abs=0.001)
    assert [seconds for _, seconds in silences(heard, 0.5)] == [pytest.approx(1, abs=0.02)]
