"""The MP3 has the rate, the channels and the level of the sound, whatever the sample entry says of it."""

from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import numpy.typing as npt
import pytest

from tests.media import ffmpeg
from tests.media.conversion import convert
from tests.media.ffmpeg import Decoded
from tests.media.reshaping import Video
from tests.media.samples import made
from tests.media.tones import CODECS, tone

pytestmark = [pytest.mark.media, pytest.mark.each_value_once]

SECONDS = 2
RATES = {
    "aac": 44100,
    "ac3": 48000,
    "eac3": 48000,
    "opus": 48000,
    "flac": 44100,
    "flac-96": 48000,
    "alac": 44100,
    "alac-96": 48000,
    "mp3": 44100,
    "vorbis": 44100,
    "amr-nb": 8000,
    "mp2": 44100,
}
"""What each codec's MP3 has, in Hz."""
LAYOUTS = {"3.0": 3, "quad": 4, "5.0": 5, "5.1": 6, "5.1(side)": 6, "7.1": 8}
"""Numbers of channels."""
ENTRIES = [(1, 8000), (2, 48000), (6, 0), (2, 22050), (0, 44100), (1, 65535)]


def require_tone(heard: Decoded, rate: int, channels: int, level: float) -> None:
    """Make sure that it is a tone of this level in each channel."""
    assert (heard.rate, heard.samples.shape[1]) == (rate, channels)
    assert heard.seconds == pytest.approx(SECONDS, abs=0.035)
    for channel in range(channels):
        assert heard.pitch(channel) == pytest.approx(440, abs=2)
        assert heard.level(channel) == pytest.approx(level, rel=0.06)


@cache
def level_of(content: bytes) -> float:
    """Give the level that ffmpeg hears of a file."""
    with TemporaryDirectory(prefix="tracklift-level-") as folder:
        path = Path(folder) / "video.mp4"
        path.write_bytes(content)
        return ffmpeg.decode(path).level()


@pytest.mark.one_in(5)
@pytest.mark.parametrize(("channels", "rate"), ENTRIES)
@pytest.mark.parametrize(
    ("codec", "source"),
    [(codec, source) for codec in RATES for source in (1, 2) if (codec, source) != ("amr-nb", 2)],
)
def test_a_sample_entry_that_lies_changes_nothing(
    codec: str, source: int, channels: int, rate: int, tmp_path: Path
) -> None:
    """Mono stays mono at its level, and stereo stereo: the frames tell."""
    content = tone(codec, seconds=SECONDS, channels=source)
    video = Video.read(content)
    video.sound().describe(channels=channels, rate=rate)

    # A copy of an MP3 would show nothing of what is decoded.
    heard = convert(video.written(), tmp_path, bitrate=64).heard

    require_tone(heard, RATES[codec], source, level_of(content))


@pytest.mark.one_in(3)
@pytest.mark.parametrize("codec", RATES)
def test_mono_is_as_loud_in_both_channels(codec: str, tmp_path: Path) -> None:
    """Where stereo is asked for."""
    content = tone(codec, seconds=SECONDS, channels=1)

    heard = convert(content, tmp_path, channels=2).heard

    require_tone(heard, RATES[codec], 2, level_of(content))


@pytest.mark.one_in(3)
@pytest.mark.parametrize("codec", sorted(RATES.keys() - {"amr-nb"}))
def test_alike_channels_are_as_loud_in_one(codec: str, tmp_path: Path) -> None:
    """Where mono is asked for."""
    content = tone(codec, seconds=SECONDS, channels=2)

    heard = convert(content, tmp_path, channels=1).heard

    require_tone(heard, RATES[codec], 1, level_of(content))


@pytest.mark.one_in(6)
@pytest.mark.parametrize(
    ("codec", "layout"),
    [
        (codec, layout)
        for codec in ("aac", "flac", "ac3", "pcm")
        for layout in LAYOUTS
        # AC-3 has six channels at most; ffmpeg's encoder of AAC writes quad with a configuration of its own.
        if (codec, layout) not in {("ac3", "7.1"), ("aac", "quad")}
    ],
)
def test_loud_surround_sound_is_not_clipped(codec: str, layout: str, tmp_path: Path) -> None:
    """Each channel at full scale and in phase: the worst there is."""
    coding = (
        "-c:a pcm_s16le -f mov"
        if codec == "pcm"
        else CODECS[codec].split(" -ar")[0] + " -b:a 448k -strict -2"
    )
    tones = '-f lavfi -i "sine=frequency=440:sample_rate=48000:duration=2,volume=7.9,aformat=channel_layouts=mono"'
    same = "|".join(f"c{channel}=c0" for channel in range(LAYOUTS[layout]))
    recipe = f'{tones} -af "pan={layout}|{same}" {coding}'
    content = made(f"surround-{codec}", recipe).read_bytes()

    heard = convert(content, tmp_path, bitrate=320).heard

    assert heard.samples.shape[1] == 2
    middle = heard.samples[heard.rate // 2 : -heard.rate // 2]
    assert abs(middle).max() <= 1.02
    for channel in range(2):
        # A clipped sine is flat at its peaks and so has a higher level than a sine of that peak.
        peak = abs(middle[:, channel]).max()
        assert heard.level(channel) < 1.02 * peak / 2**0.5


def spectral_level(samples: npt.NDArray[np.float32], rate: int, pitch: int) -> float:
    """Give the amplitude of a tone."""
    time = np.arange(len(samples)) / rate
    return float(2 * abs(np.mean(samples * np.exp(-2j * np.pi * pitch * time))))


@pytest.mark.one_in(3)
@pytest.mark.parametrize("channels", [9, 11, 13])
def test_of_channels_without_places_each_is_heard(channels: int, tmp_path: Path) -> None:
    """As of a field recorder: every second one left, the others right, none louder than another."""
    pitches = [300 + 200 * channel for channel in range(channels)]
    tones = "|".join(f"0.9*sin(2*PI*{pitch}*t)" for pitch in pitches)
    recipe = f"-f lavfi -i aevalsrc='{tones}':sample_rate=48000:duration=2 -c:a pcm_s16le -f mov"
    content = made("discrete", recipe).read_bytes()

    heard = convert(content, tmp_path, bitrate=320).heard

    for side in range(2):
        sounds = heard.samples[:, side]
        levels = [spectral_level(sounds, heard.rate, pitch) for pitch in pitches[side::2]]
        assert min(levels) > 0.9 / channels
        assert max(levels) < 1.2 * min(levels)
