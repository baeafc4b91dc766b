"""Real decoders accept joined, tagged and copied frames with the Info frame in front of them."""

import io
import struct
from pathlib import Path

import av
import numpy as np
import numpy.typing as npt
import pytest

from tests.media import ffmpeg
from tests.media.mp3 import id3_tag, read_mp3, tag_length
from tests.media.samples import sample
from tests.selection import thorough
from tracklift_adapters.lame.encoding.encoder import LameEncoder
from tracklift_adapters.lame.encoding.joiner import Joiner, SeamError, Seams
from tracklift_adapters.lame.mp3.frame_writer import FrameWriter
from tracklift_adapters.lame.mp3.frames import Frames
from tracklift_adapters.lame.mp3.id3 import Picture
from tracklift_adapters.lame.mp3.info_frame import Encoding, info_frame
from tracklift_adapters.lame.mp3.mp3_copy import copy_mp3

pytestmark = [pytest.mark.media, pytest.mark.each_value_once]

Sound = npt.NDArray[np.float32]
LOOK_AHEAD = 8


def tune(seconds: float, rate: int, channels: int) -> Sound:
    """Make notes of changing pitch, place and noise, and pauses, the same each time, so that encoders decide a lot."""
    chance = np.random.default_rng(11)
    count = round(seconds * rate)
    sound = np.zeros((channels, count))
    position = 0
    while position < count:
        length = min(round(chance.uniform(0.05, 0.8) * rate), count - position)
        time = np.arange(length) / rate
        pitch, decay = chance.uniform(80, rate / 14), np.exp(-time * chance.uniform(1, 12))
        note = sum(np.sin(2 * np.pi * pitch * harmonic * time) / harmonic for harmonic in range(1, 6))
        note = note * chance.uniform(0.05, 0.2) + chance.normal(0, chance.uniform(0, 0.03), length)
        for channel, loudness in enumerate(chance.dirichlet([1] * channels)):
            sound[channel, position : position + length] = note * decay * loudness
        position += length + round((chance.uniform() < 0.05) * chance.uniform(0, 1) * rate)
    hum = 0.05 * np.sin(2 * np.pi * 110 * np.arange(count) / rate)
    return (sound + hum).astype(np.float32)


def encode(sound: Sound, rate: int, bitrate: int | None) -> bytes:
    with LameEncoder(sample_rate=rate, channels=len(sound), bitrate=bitrate) as encoder:
        return encoder.encode(np.ascontiguousarray(sound)) + encoder.flush()


def in_segments(sound: Sound, rate: int, bitrate: int, *, kept: int, warm_up: int) -> tuple[bytes, Joiner]:
    """Encode segments of so many frames each, each with an encoder of its own, and join them."""
    size = 1152 if rate >= 32000 else 576
    sink = io.BytesIO()
    joiner = Joiner(sink)
    start, last = 0, False
    while not last:
        fed, end = max(0, start - warm_up), start + kept
        last = (end + LOOK_AHEAD) * size >= sound.shape[1]
        samples = sound[:, fed * size :] if last else sound[:, fed * size : (end + LOOK_AHEAD) * size]
        joiner.add(encode(samples, rate, bitrate), warm_up=start - fed, kept=None if last else kept)
        start = end
    return sink.getvalue(), joiner


def written(frames: bytes) -> FrameWriter:
    writer, found = FrameWriter(io.BytesIO()), Frames(frames)
    writer.write(found, 0, len(found))
    return writer


def decode(path: Path, frames: bytes, written: FrameWriter, sound: Sound, rate: int) -> ffmpeg.Decoded:
    info = info_frame(written, Encoding(samples=sound.shape[1], source_rate=rate))
    path.write_bytes(info + frames)
    return ffmpeg.decode(path)


@pytest.mark.parametrize(
    ("rate", "channels", "bitrate", "kept", "warm_up"),
    [
        # One of each version of MPEG, and the others each night.
        (44100, 2, 192, 490, 196),
        (22050, 2, 64, 490, 196),
        (11025, 1, 32, 245, 196),
        *thorough([(44100, 2, 320, 490, 196), (48000, 2, 128, 400, 196), (32000, 1, 64, 300, 196)]),
    ],
)
def test_joined_segments_decode_as_a_single_encoders_output(
    tmp_path: Path, rate: int, channels: int, bitrate: int, kept: int, warm_up: int
) -> None:
    sound = tune(30, rate, channels)
    single = encode(sound, rate, bitrate)

    joined, joiner = in_segments(sound, rate, bitrate, kept=kept, warm_up=warm_up)

    alone = decode(tmp_path / "single.mp3", single, written(single), sound, rate)
    heard = decode(tmp_path / "joined.mp3", joined, joiner.written, sound, rate)
    assert joiner.seams.exact >= 2
    assert joiner.seams == Seams(exact=joiner.seams.exact)
    assert len(heard.samples) == sound.shape[1]
    assert np.array_equal(heard.samples, alone.samples)
    assert heard.warnings == ""


@pytest.mark.one_in(3)
@pytest.mark.parametrize(
    ("rate", "channels", "bitrate", "warm_up"),
    [(44100, 2, 192, 49), (44100, 1, 32, 49), (24000, 2, 160, 10), (16000, 1, 8, 12), (8000, 2, 8, 8)],
)
def test_segments_are_not_joined_where_encoders_do_not_agree(
    rate: int, channels: int, bitrate: int, warm_up: int
) -> None:
    with pytest.raises(SeamError):
        in_segments(tune(30, rate, channels), rate, bitrate, kept=196, warm_up=warm_up)


@pytest.mark.one_in(2)
@pytest.mark.parametrize(
    ("rate", "channels", "settings"),
    [
        (44100, 2, "-b:a 192k"),
        (48000, 2, "-b:a 128k"),
        (44100, 2, "-b:a 32k"),
        (44100, 1, "-b:a 64k"),
        (22050, 2, "-b:a 64k"),
        (16000, 1, "-b:a 32k"),
        (8000, 1, "-b:a 8k"),
        (44100, 2, "-q:a 2"),
        (24000, 1, "-q:a 5"),
    ],
)
def test_the_info_frame_is_as_ffmpeg_writes_it(
    tmp_path: Path, rate: int, channels: int, settings: str
) -> None:
    path = tmp_path / "reference.mp3"
    source = f"aevalsrc=0.4*sin(440*2*PI*t)+0.1*random(0):s={rate}:d=12.3"
    arguments = f"-f lavfi -i {source} -ac {channels} -c:a libmp3lame {settings} -id3v2_version 3"
    ffmpeg.run(*arguments.split(), str(path))
    theirs = read_mp3(path.read_bytes())

    content = path.read_bytes()[tag_length(path.read_bytes()) :]
    sink = io.BytesIO()
    written = copy_mp3([content], sink)
    samples = written.samples - theirs.delay - theirs.padding
    info = info_frame(written, Encoding(samples=samples, delay=theirs.delay, source_rate=rate))
    ours = read_mp3(id3_tag([("title", "A tune")]) + info + sink.getvalue())

    assert samples == round(12.3 * rate)
    assert (ours.kind, ours.announced_frames) == (theirs.kind, theirs.announced_frames)
    assert (ours.delay, ours.padding) == (theirs.delay, theirs.padding)
    assert ours.announced_seconds == pytest.approx(12.3)
    assert ours.announced_bytes == len(info) + len(sink.getvalue())
    assert _seek_table(info) == pytest.approx(_seek_table(content), abs=3)
    if theirs.kind == b"Info":
        assert len(content) == ours.announced_bytes == theirs.announced_bytes


def _seek_table(content: bytes) -> list[int]:
    start = max(content.find(b"Info", 0, 40), content.find(b"Xing", 0, 40))
    flags, _, _, table = struct.unpack_from(">III100s", content, start + 4)
    assert flags == 15
    return list(table)


def test_players_show_the_tag_and_the_cover(tmp_path: Path) -> None:
    cover = tmp_path / "cover.png"
    ffmpeg.run("-f", "lavfi", "-i", "color=red:size=8x8", "-frames:v", "1", str(cover))
    values = {
        "title": "Песня 🎵",
        "artist": "Für Élise",
        "album": "An album",
        "album_artist": "Several",
        "composer": "Somebody",
        "genre": "Jazz",
        "date": "2024",
        "track": "3/12",
        "comment": "два слова",
        "copyright": "2024 Somebody",
    }
    sound = tune(1, 44100, 2)
    frames = encode(sound, 44100, 128)
    path = tmp_path / "tagged.mp3"
    tag = id3_tag(values.items(), Picture("image/png", cover.read_bytes()))
    path.write_bytes(tag + info_frame(written(frames), Encoding(samples=44100, source_rate=44100)) + frames)

    shown = ffmpeg.tags(path)
    ffmpeg.run("-i", str(path), "-map", "0:v", "-c", "copy", "-f", "image2", str(tmp_path / "shown.png"))

    assert values.items() <= shown.items()
    assert (tmp_path / "shown.png").read_bytes() == cover.read_bytes()
    heard = ffmpeg.decode(path)
    assert len(heard.samples) == 44100
    assert heard.warnings == ""


def test_copies_the_track_of_a_video(tmp_path: Path) -> None:
    video = sample("mp3-audio")
    sink = io.BytesIO()
    with av.open(str(video)) as container:
        packets = (bytes(packet) for packet in container.demux(audio=0))
        written = copy_mp3(packets, sink)

    path = tmp_path / "copied.mp3"
    path.write_bytes(info_frame(written) + sink.getvalue())
    copied = ffmpeg.decode(path)
    ffmpeg.run("-i", str(video), "-map", "0:a", "-c", "copy", str(tmp_path / "reference.mp3"))

    assert written.constant_bitrate
    assert written.average_bitrate == pytest.approx(128, abs=1)
    assert copied.warnings == ""
    assert copied.seconds == pytest.approx(4, abs=0.1)
    assert (tmp_path / "reference.mp3").read_bytes().endswith(sink.getvalue())
