"""The MP3 of a sound extract is byte for byte the MP3 of the whole video, whatever kind of video it is."""

import asyncio
import io
from pathlib import Path
from typing import Any

import pytest

from tests.media import ffmpeg
from tests.media.conversion import little_effort
from tests.media.hostile import HOSTILE
from tests.media.readers import BytesVideo
from tests.media.reshaping import Video
from tests.media.samples import CUT_SAMPLES, SAMPLES, made, sample
from tests.sweep.changes import a_case
from tracklift_adapters.lame.engine import LameAudioEngine
from tracklift_adapters.mp4.inspector import Mp4Inspector
from tracklift_client.sound_extract.errors import NoExtractError, Reason
from tracklift_client.sound_extract.extract import SoundExtract
from tracklift_domain.extraction.damage import Damage
from tracklift_domain.extraction.errors import ExtractionError
from tracklift_domain.extraction.options import AudioOptions
from tracklift_domain.extraction.plan import plan_extraction
from tracklift_domain.extraction.video_traits import VideoTraits

pytestmark = [pytest.mark.media, pytest.mark.each_value_once]

LEFT_OUT = {"no-audio", "audio-only", "twenty-minutes", "one-hour", "two-hours", "peaky-minutes"}
"""Samples without an extract, and some that take long."""
SHOWN = "-f lavfi -i testsrc2=size=160x120:rate=25:duration=3"
TONE = "-f lavfi -i sine=frequency=440:sample_rate=44100:duration=3"
REORDERED = "-c:v libx264 -bf 3 -g 12 -crf 30"
"""Pictures of which some are decoded earlier than they are shown, so that they begin in front of the sound."""
AAC = "-c:a aac -ac 2"
FRAGMENTED: dict[str, str] = {
    "absolute": "frag_keyframe+empty_moov",
    "default-base": "frag_keyframe+empty_moov+default_base_moof",
    "implicit": "frag_keyframe+empty_moov+omit_tfhd_offset",
    "delayed-index": "frag_keyframe+delay_moov",
    "negative-offsets": "frag_keyframe+delay_moov+default_base_moof+negative_cts_offsets",
    "one-per-track": "frag_keyframe+empty_moov+separate_moof",
    "one-per-frame": "frag_every_frame+empty_moov",
    "segments": "dash+frag_keyframe",
    "indexed-segments": "dash+global_sidx+frag_keyframe",
    "cmaf": "cmaf+frag_keyframe",
}
"""By the flags of ffmpeg's writer."""
CODINGS: dict[str, str] = {
    "alac": "-c:a alac -f mov",
    "eac3": "-c:a eac3",
    "flac": "-c:a flac -strict -2",
    "mp2": "-c:a mp2",
    "vorbis": "-c:a libvorbis -strict -2",
    "amr": "-c:a libopencore_amrnb -ar 8000 -ac 1 -f mov",
    "pcm-of-8-bits": "-c:a pcm_u8 -f mov",
    "pcm-of-24-bits": "-c:a pcm_s24be -f mov",
    "pcm-of-32-bits": "-c:a pcm_f32le -f mov",
    "pcm-in-mp4": "-c:a pcm_s16le",
    "mu-law": "-c:a pcm_mulaw -f mov",
    "ima": "-c:a adpcm_ima_qt -f mov",
    "adpcm": "-c:a adpcm_ms -f mov",
}
SEEDS = [*range(10), *(pytest.param(seed, marks=pytest.mark.thorough) for seed in range(10, 100))]
CHAPTERS = """;FFMETADATA1
[CHAPTER]
TIMEBASE=1/1000
START=0
END=1500
title=Eins
[CHAPTER]
TIMEBASE=1/1000
START=1500
END=3000
title=Zwei
"""


def inspect(content: bytes) -> VideoTraits:
    """Look into a file."""
    return asyncio.run(Mp4Inspector().inspect(BytesVideo(content)))


def convert(content: bytes, folder: Path, **options: Any) -> tuple[bytes, int, Damage | None]:
    """Make an MP3, as a worker does: its bytes, the track that was taken, and what is missing."""
    folder.mkdir()
    plan = plan_extraction(inspect(content), AudioOptions(**options), longest=3600.0)
    with little_effort():
        audio = LameAudioEngine(2).extract(BytesVideo(content), plan, folder, lambda _: None)
    return audio.path.read_bytes(), audio.track, audio.damage


def extracted(content: bytes) -> bytes:
    """Give the extract of a file."""
    made_of_it = SoundExtract(io.BytesIO(content))
    return made_of_it.read(0, made_of_it.size)


def require_same(content: bytes, folder: Path, **options: Any) -> None:
    """Make sure that an extract gives the same MP3 as its file."""
    whole = convert(content, folder / "whole", **options)

    assert convert(extracted(content), folder / "extract", **options) == whole


def recording(flags: str) -> bytes:
    """Give a recording of fragments."""
    return made("extract", f"{SHOWN} {TONE} {REORDERED} {AAC} -movflags {flags}").read_bytes()


def later(content: bytes, seconds: float) -> bytes:
    """Let the sound of a recording begin later than its pictures."""
    video = Video.read(content)
    sound = video.sound()
    for part in video.fragments(sound.number):
        time = part.find(b"tfdt")
        moved = int.from_bytes(time.payload[4:]) + round(seconds * sound.timescale)
        time.payload = time.payload[:4] + moved.to_bytes(len(time.payload) - 4)
    return video.written()


def with_chapters(folder: Path, *arguments: str) -> bytes:
    """Give a video with chapters, as a text track and, in MP4, as a list of Nero's."""
    metadata, path = folder / "chapters.txt", folder / "chapters.mp4"
    metadata.write_text(CHAPTERS, encoding="utf-8")
    source = made("extract-chapters", f"{SHOWN} {TONE} {REORDERED} {AAC}")
    inputs = ["-i", str(source), "-f", "ffmetadata", "-i", str(metadata)]
    ffmpeg.run(*inputs, "-map", "0", "-map_chapters", "1", "-c", "copy", *arguments, str(path))
    return path.read_bytes()


@pytest.mark.one_in(8)
@pytest.mark.parametrize("name", sorted({*SAMPLES, *CUT_SAMPLES} - LEFT_OUT))
def test_of_each_kind_of_video_the_mp3_is_the_same(name: str, tmp_path: Path) -> None:
    """Codecs, layouts of the file, tags, covers, edit lists, fragments."""
    require_same(sample(name).read_bytes(), tmp_path)


@pytest.mark.one_in(5)
@pytest.mark.parametrize("coding", CODINGS)
def test_of_each_way_to_code_sound_the_mp3_is_the_same(coding: str, tmp_path: Path) -> None:
    require_same(made("extract", f"{SHOWN} {TONE} {REORDERED} {CODINGS[coding]}").read_bytes(), tmp_path)


@pytest.mark.one_in(5)
@pytest.mark.parametrize("delay", [0.0, 0.7])
@pytest.mark.parametrize("form", FRAGMENTED)
def test_of_each_form_of_fragments_the_mp3_is_the_same(form: str, delay: float, tmp_path: Path) -> None:
    """Also with the silence before sound that begins later than the pictures."""
    content = later(recording(FRAGMENTED[form]), delay)
    (track,) = inspect(content).audio_tracks
    assert track.delay == pytest.approx(delay, abs=0.05)

    require_same(content, tmp_path, keep_delay=True)


@pytest.mark.one_in(2)
@pytest.mark.parametrize(
    "options",
    [
        {"start": 0.5, "end": 2.25},
        {"quality": 4, "channels": 1},
        {"normalize": True, "bitrate": 128},
        {"track": 2, "title": "Other"},
        {"sample_rate": 22050},
    ],
    ids="-".join,
)
def test_with_other_options_the_mp3_is_the_same(options: dict[str, Any], tmp_path: Path) -> None:
    """Such as a part, or the second track."""
    require_same(sample("two-tracks").read_bytes(), tmp_path, **options)


@pytest.mark.one_in(2)
@pytest.mark.parametrize(
    "arguments",
    [
        (),
        ("-movflags", "faststart"),
        ("-f", "mov"),
        ("-movflags", FRAGMENTED["absolute"]),
        ("-map", "-0:a", "-map", "0:a"),
    ],
    ids=["index-behind", "index-in-front", "quicktime", "fragments", "sound-first"],
)
@pytest.mark.parametrize("options", [{}, {"start": 1.0}])
def test_chapters_are_the_same(arguments: tuple[str, ...], options: dict[str, Any], tmp_path: Path) -> None:
    """They are in the MP3, also where only the pictures' track named them."""
    content = with_chapters(tmp_path, *arguments)
    assert [chapter.title for chapter in inspect(content).chapters] == ["Eins", "Zwei"]

    require_same(content, tmp_path, **options)


def test_chapters_of_sound_that_begins_late_are_the_same(tmp_path: Path) -> None:
    """Their times are those of the pictures, so that they move in front by the delay."""
    content = later(with_chapters(tmp_path, "-movflags", FRAGMENTED["default-base"]), 0.7)
    assert len(inspect(content).chapters) == 2

    require_same(content, tmp_path)


def test_chapters_that_only_the_pictures_name_are_the_same(tmp_path: Path) -> None:
    """The extract names them in the track of sound."""
    video = Video.read(with_chapters(tmp_path, "-f", "mov", "-map", "-0:a", "-map", "0:a"))
    video.sound().box.remove(b"tref")

    require_same(video.written(), tmp_path)


@pytest.mark.one_in(5)
@pytest.mark.parametrize("seed", SEEDS)
def test_of_odd_videos_the_mp3_is_the_same(seed: int, tmp_path: Path) -> None:
    """Pauses, edit lists, impossible durations, tracks of data: none is refused but what holds sound alone."""
    content = a_case(seed).data
    try:
        require_same(content, tmp_path)
    except NoExtractError as error:
        has_pictures = any(track.handler == b"vide" for track in Video.read(content).tracks)
        assert (error.reason, has_pictures) == (Reason.NOT_SMALLER, False)  # noqa: PT017 - others give an extract


def test_of_fragments_without_times_the_mp3_is_the_same(tmp_path: Path) -> None:
    """As for Smooth Streaming, which has them in boxes of its own."""
    require_same(recording("isml+frag_keyframe"), tmp_path)


def test_of_recordings_one_behind_the_other_the_mp3_is_the_same(tmp_path: Path) -> None:
    """As `cat` joins them."""
    require_same(recording(FRAGMENTED["default-base"]) * 2, tmp_path)


@pytest.mark.one_in(5)
@pytest.mark.parametrize("name", HOSTILE)
def test_a_file_that_fails_does_not_fail_otherwise_for_its_extract(name: str, tmp_path: Path) -> None:
    """Mostly there is none, so that the server says what is wrong with the file."""
    make, code = HOSTILE[name]
    content = make()
    try:
        made_of_it = extracted(content)
    except NoExtractError:
        return
    with pytest.raises(ExtractionError) as raised:
        convert(made_of_it, tmp_path / "extract")
    assert raised.value.failure.code is code
