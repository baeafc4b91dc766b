"""Each engine makes MP3s that players understand."""

import functools
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import pytest

from tests.contracts.audio_extractor import EXACT, ignore, made
from tests.integration.extraction_engines import EXTRACTORS
from tests.media import ffmpeg
from tests.media.ffmpeg import Decoded
from tests.media.mp3 import Mp3, read_mp3
from tests.media.readers import FileVideo
from tests.media.samples import TAGS, sample
from tracklift_adapters.mp4.inspector import Mp4Inspector
from tracklift_domain.extraction.audio import ExtractedAudio
from tracklift_domain.extraction.damage import check_damage
from tracklift_domain.extraction.options import AudioOptions
from tracklift_domain.extraction.plan import plan_extraction
from tracklift_domain.extraction.ports import AudioExtractor
from tracklift_domain.extraction.tags import CoverPicture

pytestmark = [pytest.mark.media, pytest.mark.each_value_once, pytest.mark.asyncio(loop_scope="module")]


@dataclass(frozen=True, slots=True)
class Converted:
    """An MP3, what is told about it, what is written in it, and what is heard of it."""

    audio: ExtractedAudio
    path: Path
    mp3: Mp3
    heard: Decoded


class Convert(Protocol):
    """Inspects a sample, plans, and extracts, as the application does."""

    async def __call__(self, name: str, **options: Any) -> Converted: ...


async def converted(extractor: AudioExtractor, folder: Path, name: str, **options: Any) -> Converted:
    """Make an MP3 of a sample in a folder."""
    video = FileVideo(sample(name))
    plan = plan_extraction(await Mp4Inspector().inspect(video), AudioOptions(**options), longest=3600)
    audio, content = await made(extractor, video, plan, ignore)
    check_damage(audio.damage, audio.duration)
    path = folder / "audio.mp3"
    path.write_bytes(content)
    return Converted(audio, path, read_mp3(content), ffmpeg.decode(path))


@pytest.fixture(params=EXTRACTORS)
def convert(
    request: pytest.FixtureRequest, extractors: Mapping[str, AudioExtractor], tmp_path: Path
) -> Convert:
    return functools.partial(converted, extractors[request.param], tmp_path)


@pytest.mark.one_in(4)
@pytest.mark.parametrize(
    "name",
    [
        "index-at-front",
        "two-tracks",
        "mp3-audio",
        "one-second",
        "48-khz",
        "mono",
        "22-khz",
        "96-khz",
        "variable-frame-rate",
        "audio-only",
        "fragmented",
        "fragmented-with-edits",
        "late-audio",
        "quicktime",
        "opus",
        "ac-3",
        "lossless",
        "cut",
        "moved",
    ],
)
async def test_makes_an_mp3_of_every_kind_of_video(name: str, convert: Convert) -> None:
    """As long as the source to a twentieth of a second by what it announces and what is heard, without a warning."""
    source = ffmpeg.decode(sample(name))

    made_of_it = await convert(name)

    assert made_of_it.heard.warnings == ""
    assert made_of_it.heard.seconds == pytest.approx(source.seconds, abs=EXACT)
    assert made_of_it.mp3.announced_seconds == pytest.approx(source.seconds, abs=EXACT)
    assert made_of_it.audio.duration == pytest.approx(made_of_it.heard.seconds, abs=0.001)
    assert made_of_it.mp3.announced_frames == len(made_of_it.mp3.frames)
    assert made_of_it.heard.rate == min(source.rate, 48000)
    assert made_of_it.heard.samples.shape[1] == source.samples.shape[1]
    assert made_of_it.heard.pitch() == pytest.approx(440, abs=1)
    assert made_of_it.heard.level() == pytest.approx(source.level(), rel=0.1)


async def test_makes_two_channels_of_six_as_ffmpeg_mixes_them(convert: Convert) -> None:
    """With the matrix that keeps the sum of all channels below full scale."""
    arguments = ["-i", str(sample("surround")), "-ac", "2", "-f", "s16le", "-"]
    mixed = np.frombuffer(ffmpeg.run(*arguments).stdout, dtype="<i2").reshape(-1, 2) / 2**15

    made_of_it = await convert("surround")

    assert made_of_it.heard.samples.shape == (192_000, 2)
    for channel in (0, 1):
        expected = float(np.sqrt(np.mean(np.square(mixed[:, channel]))))
        assert made_of_it.heard.level(channel) == pytest.approx(expected, rel=0.05)


async def test_takes_the_track_that_is_asked_for(convert: Convert) -> None:
    """The second one has another tone."""
    assert (await convert("two-tracks", track=2)).heard.pitch() == pytest.approx(1000, abs=1)


@pytest.mark.one_in(2)
@pytest.mark.parametrize(
    ("options", "rate", "channels", "bitrate"),
    [
        ({}, 44100, 2, 192),
        ({"bitrate": 320, "sample_rate": 48000}, 48000, 2, 320),
        ({"bitrate": 64, "channels": 1}, 44100, 1, 64),
        ({"sample_rate": 32000}, 32000, 2, 192),
        ({"sample_rate": 16000}, 16000, 2, 160),
        ({"sample_rate": 8000, "channels": 1}, 8000, 1, 64),
    ],
)
async def test_encodes_at_a_constant_bitrate(
    options: dict[str, Any], rate: int, channels: int, bitrate: int, convert: Convert
) -> None:
    """Each frame has it, and the head says so."""
    made_of_it = await convert("index-at-end", **options)

    assert made_of_it.mp3.kind == b"Info"
    found = {(frame.rate, frame.channels, frame.bitrate) for frame in made_of_it.mp3.frames}
    assert found == {(rate, channels, bitrate)}
    assert made_of_it.audio.bitrate == bitrate
    assert made_of_it.heard.warnings == ""
    assert made_of_it.heard.seconds == pytest.approx(4, abs=0.001)
    assert made_of_it.mp3.announced_seconds == pytest.approx(4, abs=0.001)


async def test_encodes_at_a_variable_bitrate(convert: Convert) -> None:
    """Higher quality takes more bytes, and the head announces the true duration all the same."""
    best, worst = [await convert("chirp", quality=quality) for quality in (0, 9)]

    assert best.audio.size > worst.audio.size
    for made_of_it in (best, worst):
        assert made_of_it.mp3.kind == b"Xing"
        assert len({frame.bitrate for frame in made_of_it.mp3.frames}) > 1
        assert made_of_it.mp3.announced_seconds == pytest.approx(6, abs=0.001)
        assert made_of_it.heard.warnings == ""


@pytest.mark.parametrize(("start", "end"), [(0.0, 1.0), (2.34567, 4.1), (5.0, None), (0.0005, None)])
async def test_cuts_to_the_sample(start: float, end: float | None, convert: Convert) -> None:
    """A tone that rises all the time shows where a part comes from."""
    source = ffmpeg.decode(sample("chirp"))
    first, last = round(start * 44100), round((6 if end is None else end) * 44100)

    made_of_it = await convert("chirp", start=start, end=end, bitrate=320)

    expected = source.samples[first:last, 0]
    heard = made_of_it.heard.samples[:, 0]
    assert len(heard) == len(expected)
    assert made_of_it.audio.decoded == len(expected) / 44100
    middle = expected[len(expected) // 4 : len(expected) // 4 * 3]
    matches = np.correlate(heard[len(expected) // 4 - 50 : len(expected) // 4 * 3 + 50], middle, "valid")
    assert int(np.argmax(matches)) == 50


HOSTILE_TAGS = [
    "Grüße aus Köln 🎵 — 你好",
    "-y",
    "a=b;c#d\\e%f",
    "$(touch /tmp/x) `id` 'quoted' \"twice\" |&><",
    "[in] ; [out]",
    "x" * 250,
]


@pytest.mark.one_in(3)
@pytest.mark.parametrize("text", HOSTILE_TAGS)
async def test_writes_tags_as_they_are(text: str, convert: Convert) -> None:
    """Whatever a person writes is text and nothing else."""
    made_of_it = await convert("one-second", title=text, artist=text[::-1], album=f"={text[1:]}")

    found = ffmpeg.tags(made_of_it.path)
    assert (found["title"], found["artist"], found["album"]) == (text, text[::-1], f"={text[1:]}")
    assert made_of_it.heard.warnings == ""


TAGGED = ["tagged", "tagged-mp3", "tagged-quicktime", "tagged-by-names"]


@pytest.mark.parametrize("name", TAGGED)
async def test_carries_over_the_tags_of_the_video_and_no_others(name: str, convert: Convert) -> None:
    """Where it was recorded is nobody's business."""
    video = ffmpeg.tags(sample(name))

    found = ffmpeg.tags((await convert(name)).path)

    assert found.pop("encoder").startswith(("LAME 3", "Lav"))
    assert found == {tag: video[tag] for tag in TAGS if tag in video}
    assert {"title", "artist", "album", "comment", "copyright"} <= found.keys()


@pytest.mark.parametrize("name", ["tagged", "tagged-mp3"])
async def test_writes_what_the_user_chose_in_place_of_the_tags_of_the_video(
    name: str, convert: Convert
) -> None:
    """The others stay."""
    made_of_it = await convert(name, title="Mine", album="Mine too")

    found = ffmpeg.tags(made_of_it.path)
    assert {tag: found[tag] for tag in TAGS} == {**TAGS, "title": "Mine", "album": "Mine too"}
    assert made_of_it.heard.warnings == ""
    assert made_of_it.mp3.announced_seconds == pytest.approx(4, abs=EXACT)


async def test_writes_no_tags_where_there_are_none(convert: Convert) -> None:
    """None but the encoder's, so that there is always a tag."""
    assert ffmpeg.tags((await convert("one-second")).path).keys() == {"encoder"}


@pytest.mark.parametrize(("name", "options"), [("tagged", {}), ("tagged-mp3", {}), ("tagged", {"start": 1})])
async def test_carries_over_the_cover(
    name: str, options: dict[str, Any], extractors: Mapping[str, AudioExtractor], tmp_path: Path
) -> None:
    """Byte for byte, with the engine that can; as PNG, as JPEG, and whether sound is encoded or copied."""
    made_of_it = await converted(extractors["lame"], tmp_path, name, **options)

    assert ffmpeg.picture(made_of_it.path) == ffmpeg.picture(sample(name), track=1)
    assert made_of_it.heard.warnings == ""
    assert made_of_it.audio.bitrate == (128 if name == "tagged-mp3" else 192)
    assert ffmpeg.decode(made_of_it.path).pitch() == pytest.approx(440, abs=1)


async def test_does_not_count_a_cover_as_sound(extractors: Mapping[str, AudioExtractor]) -> None:
    """The average bit rate stays what it is, also beside a picture that is larger than the music."""
    extractor, video = extractors["lame"], FileVideo(sample("chirp"))
    plan = plan_extraction(await Mp4Inspector().inspect(video), AudioOptions(quality=4), longest=3600)
    cover = CoverPicture(media_type="image/png", position=0, size=video.size)

    plain, _ = await made(extractor, video, plan, ignore)
    covered, _ = await made(extractor, video, replace(plan, cover=cover), ignore)

    assert covered.size > plain.size + video.size
    assert covered.bitrate == plain.bitrate
