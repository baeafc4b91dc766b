"""Recordings that were joined without encoding them anew stay in step with the pictures at any number of joints.

Where one of them begins, the one in front still has sound of its last packet, which an encoder filled up.
"""

import math
from functools import cache, partial
from itertools import accumulate
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.media import ffmpeg
from tests.media.conversion import convert
from tests.media.listening import beginnings, roughness
from tests.media.reshaping import Video
from tests.media.samples import made
from tests.media.tones import tone
from tests.sweep.cases import Case
from tests.sweep.judging import judge
from tests.sweep.sounds import source

pytestmark = [pytest.mark.media, pytest.mark.each_value_once]

NOTICED = 0.040
"""Seconds that sound may be early or late (ITU-R BT.1359)."""
BURST = "0.5*sin(2*PI*600*t)*between(t\\,0.15\\,0.25)"
JOINED = {
    "concat": "-f concat -safe 0 -i {list}",
    "loop": "-stream_loop {more} -i {piece}",
}
RATES = [8000, 16000, 22050, 44100, 48000]
EXAMPLES = settings().max_examples // 10 if settings().max_examples > 50 else 2
"""Two in each run, twenty each night: each is a video to convert."""


def joined(how: str, count: int, seconds: float, coding: str, folder: Path) -> bytes:
    """Join a recording to itself, as ffmpeg does; there is a burst of sound in each."""
    piece = made(
        "joints-piece",
        f"-f lavfi -i color=size=16x16:rate=25:duration={seconds}"
        f" -f lavfi -i aevalsrc='{BURST}':sample_rate=48000:duration={seconds}"
        f" -c:v libx264 -preset ultrafast {coding}",
    )
    names = folder / "list.txt"
    names.write_text(f"file '{piece}'\n" * count)
    arguments = JOINED[how].format(list=names, more=count - 1, piece=piece)
    ffmpeg.run("-y", *arguments.split(), "-c", "copy", str(folder / "joined.mp4"))
    return (folder / "joined.mp4").read_bytes()


def require_in_step(content: bytes, count: int, folder: Path) -> None:
    """Make sure that each recording is heard when its packets say: all have the same ones, but for the first."""
    sound = Video.read(content).sound()
    each = len(sound.durations) // count
    times = [time / sound.timescale for time in accumulate(sound.durations, initial=0)]

    found = beginnings(convert(content, folder, bitrate=64).heard)

    assert len(found) == count
    # The first packet may be one that an encoder put in front of the sound.
    expected = [times[number * each + 1] - times[1] + found[0] for number in range(count)]
    assert np.abs(np.array(found) - expected).max() < NOTICED


@pytest.mark.one_in(2)
@pytest.mark.parametrize("channels", [1, 2])
@pytest.mark.parametrize("rate", RATES)
@pytest.mark.parametrize("how", JOINED)
def test_joined_recordings_stay_in_step(how: str, rate: int, channels: int, tmp_path: Path) -> None:
    """At 40 joints, at each of which there would be up to a tenth of a second too much."""
    content = joined(how, 40, 0.5, f"-c:a aac -ar {rate} -ac {channels}", tmp_path)

    require_in_step(content, 40, tmp_path)


@pytest.mark.one_in(2)
@pytest.mark.parametrize(
    "coding", ["ac3 -ar 48000", "libmp3lame -ar 32000", "flac -ar 8000", "alac -ar 44100"]
)
def test_joined_recordings_of_any_codec_stay_in_step(coding: str, tmp_path: Path) -> None:
    """Packets of lossless sound last up to half a second."""
    require_in_step(joined("concat", 20, 0.47, f"-c:a {coding} -ac 1", tmp_path), 20, tmp_path)


@settings(max_examples=EXAMPLES)
@given(
    count=st.integers(2, 60),
    seconds=st.floats(0.4, 0.9).map(partial(round, ndigits=3)),
    rate=st.sampled_from(RATES),
)
def test_any_number_of_any_recordings_stays_in_step(
    tmp_path_factory: pytest.TempPathFactory, count: int, seconds: float, rate: int
) -> None:
    """However much of its last packet is sound."""
    folder = tmp_path_factory.mktemp("joints")

    require_in_step(joined("concat", count, seconds, f"-c:a aac -ar {rate} -ac 1", folder), count, folder)


@pytest.mark.one_in(2)
@pytest.mark.parametrize("share", [0.02, 0.4, 0.9, 0.99])
@pytest.mark.parametrize(
    "coding", ["aac-44", "aac-8", "mp3-22", "ac3", "opus", "vorbis", "flac", "alac", "amr"]
)
def test_the_end_of_a_packet_is_cut_to_its_time(coding: str, share: float, tmp_path: Path) -> None:
    """What is left of all packets is heard to the sample, as ffmpeg decodes them."""
    case = Case(source(coding, pictures=True))
    durations = case.sound.durations
    for packet in range(4, len(durations) - 2, 9):
        seconds = durations[packet - 1] / case.sound.timescale
        if seconds > 0.006:  # Vorbis has packets of 3 ms.
            case.join(packet, max(0.003, share * seconds))

    assert judge(case, tmp_path).complaint == ""


@cache
def plain_tone() -> bytes:
    return tone("aac", seconds=4)


@settings(max_examples=EXAMPLES)
@given(packets=st.sets(st.integers(3, 160), min_size=1, max_size=20), share=st.floats(0.15, 1))
def test_a_joint_is_no_click(
    tmp_path_factory: pytest.TempPathFactory, packets: set[int], share: float
) -> None:
    """Anywhere in a tone, also where several packets behind each other have too little time."""
    video = Video.read(plain_tone())
    sound = video.sound()
    sound.change_durations(
        lambda number, delta: max(1, math.floor(delta * (1 - share))) if number in packets else delta
    )
    seconds = sum(sound.durations) / sound.timescale
    video.play((0.0, seconds))

    heard = convert(video.written(), tmp_path_factory.mktemp("click"), bitrate=192).heard

    assert heard.seconds == pytest.approx(seconds, abs=NOTICED)
    step = 2 * float(np.abs(heard.samples).max())
    inside = slice(heard.rate // 20, -heard.rate // 20)
    assert roughness(heard.samples[inside]) < step / 20
