"""The videos that a sweep starts from: one for each way to code sound, made once."""

import functools
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from tests.media import ffmpeg
from tests.media.reshaping import Video
from tests.media.samples import made

Sound = npt.NDArray[np.float32]
"""One row for each sample, one column for each channel."""

SECONDS = 5
VORBIS_FIRST = 128
"""Samples of a first packet of Vorbis, of which nothing is heard."""
_SOURCE = "0.3*sin(2*PI*(150*t+60*t*t))+0.1*sin(2*PI*440*t)*lt(mod(t\\,0.7)\\,0.5)"
"""A rising tone, so that no part sounds like another one, and one that comes and goes."""
CODINGS: dict[str, str] = {
    "aac-44": "-c:a aac -b:a 192k -ar 44100 -ac 2",
    "aac-48-mono": "-c:a aac -b:a 128k -ar 48000 -ac 1",
    "aac-32": "-c:a aac -b:a 160k -ar 32000 -ac 2",
    "aac-24": "-c:a aac -b:a 96k -ar 24000 -ac 1",
    "aac-16": "-c:a aac -b:a 64k -ar 16000 -ac 1",
    "aac-8": "-c:a aac -b:a 32k -ar 8000 -ac 1",
    "mp3-44": "-c:a libmp3lame -b:a 192k -ar 44100 -ac 2",
    "mp3-22": "-c:a libmp3lame -b:a 96k -ar 22050 -ac 1",
    "ac3": "-c:a ac3 -b:a 192k -ar 48000 -ac 2",
    "ac3-mono": "-c:a ac3 -b:a 96k -ar 44100 -ac 1",
    "eac3": "-c:a eac3 -b:a 192k -ar 48000 -ac 2",
    "opus": "-c:a libopus -b:a 160k -ar 48000 -ac 2",
    "vorbis": "-c:a libvorbis -q:a 6 -ar 44100 -ac 2",
    "flac": "-c:a flac -ar 44100 -ac 2",
    "flac-mono-48": "-c:a flac -ar 48000 -ac 1",
    "alac": "-c:a alac -ar 44100 -ac 2",
    "pcm": "-c:a pcm_s16le -ar 44100 -ac 2 -f mov",
    "pcm-24": "-c:a pcm_s24be -ar 48000 -ac 1 -f mov",
    "mp2": "-c:a mp2 -b:a 192k -ar 48000 -ac 2",
    "amr": "-c:a libopencore_amrnb -b:a 12.2k -ar 8000 -ac 1 -f mov",
    "ulaw": "-c:a pcm_mulaw -ar 22050 -ac 1 -f mov",
    "ima": "-c:a adpcm_ima_qt -ar 44100 -ac 2 -f mov",
}
"""How ffmpeg is told to code sound."""
PICTURES = "-f lavfi -i color=size=32x32:rate=10:duration={seconds} -c:v libx264 -preset ultrafast"


FRAGMENTS = (
    "empty_moov+default_base_moof",
    "empty_moov+delay_moov+default_base_moof",
    "delay_moov+default_base_moof+negative_cts_offsets",
)
"""Flags of ffmpeg's writer of MP4 that make it write fragments."""


@dataclass(frozen=True, slots=True)
class Source:
    """A video, and the sound of all its packets as ffmpeg decodes them."""

    coding: str
    data: bytes
    raw: Sound
    rate: int
    """Hz."""
    durations: list[int]
    """Of the packets, in units of `timescale`."""
    timescale: int
    is_fragmented: bool = False

    @property
    def begins(self) -> int:
        """The sample of the media at which the raw sound begins: some decoders leave out their own delay."""
        return {"opus": 312, "vorbis": VORBIS_FIRST}.get(self.coding, 0)

    @property
    def track_id(self) -> int:
        """The id of the audio track."""
        return Video.read(self.data).sound().number


@functools.cache
def source(coding: str, *, pictures: bool, fragments: str = "", seconds: float = SECONDS) -> Source:
    """Make a video; `fragments` are flags of ffmpeg's writer of MP4."""
    sound = f"-f lavfi -i aevalsrc='{_SOURCE}|{_SOURCE}':sample_rate=48000:duration={seconds}"
    shown = PICTURES.format(seconds=seconds) if pictures else ""
    recipe = f"{sound} {shown} {CODINGS[coding]} -strict -2"
    plain = made(f"sweep-{coding}", recipe).read_bytes()
    whole = Path(tempfile.mkdtemp(prefix="tracklift-sweep-")) / "whole.mp4"
    whole.write_bytes(with_whole_last_packet(plain))
    raw, rate = decode_all(whole)
    shutil.rmtree(whole.parent)
    data = plain
    if fragments:
        data = made(f"sweep-{coding}", f"{recipe} -frag_duration 500000 -movflags {fragments}").read_bytes()
    track = Video.read(plain).sound()
    return Source(coding, data, raw, rate, track.durations, track.timescale, bool(fragments))


def with_whole_last_packet(data: bytes) -> bytes:
    """Give a video whose last packet lasts as long as it is, so that nothing is cut off from it."""
    video = Video.read(data)
    sound = video.sound()
    durations = sound.durations
    sound.durations = [*durations[:-1], max(durations)]
    sound.declare(60)
    video.declare(60)
    sound.box.remove(b"edts")
    return video.written()


def decode_all(path: Path, *, track: int = 0) -> tuple[Sound, int]:
    """Decode all packets of a track with ffmpeg, whatever the edit list says; give samples and their rate in Hz."""
    done = ffmpeg.run(
        *("-ignore_editlist", "1", "-f", "mov", "-i", str(path), "-map", f"0:a:{track}"),
        *("-f", "au", "-c:a", "pcm_f32be", "-"),
    )
    header = np.frombuffer(done.stdout[:24], dtype=">u4")
    data = np.frombuffer(done.stdout[int(header[1]) :], dtype=">f4")
    return data.astype(np.float32).reshape(-1, int(header[5])), int(header[4])
