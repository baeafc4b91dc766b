"""All fragments of a recording are heard: those of several recordings one behind the other, and ten thousand of one."""

import asyncio
from pathlib import Path

import numpy as np
import pytest
from typing_extensions import override

from tests.media.conversion import convert
from tests.media.ffmpeg import Decoded
from tests.media.listening import silences
from tests.media.readers import BytesVideo
from tests.media.reshaping import Video
from tests.media.samples import made
from tests.media.tones import tone
from tests.selection import in_turn, thorough
from tracklift_adapters.mp4.inspector import Mp4Inspector

pytestmark = [pytest.mark.media, pytest.mark.each_value_once]

SECONDS = 2
PITCHES = 500, 1000, 2000
FORMS = {
    "default-base": "empty_moov+default_base_moof",
    "delayed-index": "delay_moov+default_base_moof",
    "negative-offsets": "delay_moov+default_base_moof+negative_cts_offsets",
    "segments": "dash+delay_moov+default_base_moof",
}
NEEDS_PACKETS = {"ac3", "eac3"}
"""Of which ffmpeg writes no index before it saw a packet."""


def recording(codec: str, form: str, pitch: int) -> bytes:
    more = f"-frag_duration 500000 -movflags {FORMS[form]}"
    return tone(codec, seconds=SECONDS, channels=1, pitch=pitch, more=more)


def seconds_of(heard: Decoded, pitch: int) -> float:
    """Give for how long a tone is the strongest of those in `PITCHES`."""
    size = heard.rate // 25
    parts = heard.samples[: len(heard.samples) // size * size, 0].reshape(-1, size)
    time = np.arange(size) / heard.rate
    waves = [np.exp(-2j * np.pi * each * time) * np.hanning(size) for each in PITCHES]
    levels = np.abs(np.stack([parts @ wave for wave in waves])) / size
    strongest = np.where(levels.max(axis=0) > 0.01, levels.argmax(axis=0), -1)
    return float((strongest == PITCHES.index(pitch)).sum()) * size / heard.rate


@pytest.mark.one_in(2)
@pytest.mark.parametrize(
    ("codec", "form"),
    in_turn(
        [
            (codec, form)
            for codec in ("aac", "aac-16", "ac3", "eac3", "flac", "mp3", "opus")
            for form in FORMS
            if codec not in NEEDS_PACKETS or form != "default-base"
        ]
    ),
)
def test_of_recordings_one_behind_the_other_all_is_heard(codec: str, form: str, tmp_path: Path) -> None:
    """As `cat` joins them: each has its own index, and times that begin anew."""
    content = b"".join(recording(codec, form, pitch) for pitch in PITCHES)

    converted = convert(content, tmp_path)

    assert converted.audio.damage is None
    # What encoders put in front and behind is heard of all but the first.
    assert 3 * SECONDS - 0.01 < converted.heard.seconds < 3 * SECONDS + 0.3
    for pitch in PITCHES:
        assert seconds_of(converted.heard, pitch) == pytest.approx(SECONDS, abs=0.13)
    # Encoders fill the first packet and the last one with it.
    assert max((seconds for _, seconds in silences(converted.heard)), default=0.0) < 0.12


def test_a_part_of_recordings_one_behind_the_other_is_where_it_is_heard(tmp_path: Path) -> None:
    """Seconds are those of all of them together."""
    content = b"".join(recording("aac", "default-base", pitch) for pitch in PITCHES)

    heard = convert(content, tmp_path, start=2.1, end=4.0).heard

    assert heard.seconds == pytest.approx(1.9, abs=0.001)
    assert seconds_of(heard, 1000) == pytest.approx(1.9, abs=0.08)


class _CountedVideo(BytesVideo):
    """Counts how often it is read."""

    reads = 0

    @override
    def read(self, size: int = -1, /) -> bytes:
        self.reads += 1
        return super().read(size)


@pytest.mark.parametrize("seconds", [5.2, *thorough([25.2])])
def test_thousands_of_fragments_are_ordinary(seconds: float, tmp_path: Path) -> None:
    """A recorder writes one a second: each is read in one piece, and all are heard."""
    content = made(
        "fragments",
        f"-f lavfi -i sine=frequency=500:sample_rate=48000:duration={seconds} -c:a libopus -frame_duration 2.5 -ac 1"
        " -frag_duration 1 -movflags empty_moov+default_base_moof",
    ).read_bytes()
    fragments = sum(part.kind == b"moof" for part in Video.read(content).parts)
    assert fragments > 398 * seconds
    video = _CountedVideo(content)

    asyncio.run(Mp4Inspector().inspect(video))
    converted = convert(content, tmp_path)

    assert video.reads < 1.1 * fragments
    assert converted.audio.damage is None
    assert converted.heard.seconds == pytest.approx(seconds, abs=0.01)
    assert seconds_of(converted.heard, 500) == pytest.approx(seconds, abs=0.1)
