"""The MP4 inspector finds in files of shapes that ffmpeg does not write what every player plays of them."""

import io
from collections.abc import Callable
from pathlib import Path

import av
import pytest

from tests.media import ffmpeg
from tests.media.boxes import TrackRecipe, media_start, movie_extends, sample_entry, track, video_file
from tests.media.readers import BytesVideo
from tests.media.reshaping import Video, boxes
from tests.media.samples import sample
from tracklift_adapters.mp4.inspector import Mp4Inspector
from tracklift_domain.extraction.failure import FailureCode
from tracklift_domain.extraction.options import AudioOptions
from tracklift_domain.extraction.plan import plan_extraction
from tracklift_domain.extraction.timeline import Edit
from tracklift_domain.extraction.video_traits import VideoTraits

pytestmark = pytest.mark.media

EXACT = 0.05
PRIMING = 1024 / 44100


async def inspect(content: bytes) -> VideoTraits:
    return await Mp4Inspector().inspect(BytesVideo(content))


def whole() -> bytes:
    return sample("index-at-end").read_bytes()


def timed(*runs: tuple[int, int]) -> bytes:
    """Give four seconds of AAC whose 174 frames last so long."""
    video = Video.read(whole())
    video.sound().durations = [delta for count, delta in runs for _ in range(count)]
    return video.written()


def cut(content: bytes, *edits: tuple[float, int]) -> bytes:
    """Play other parts: each has seconds and a start in the media."""
    video = Video.read(content)
    video.play(*((None if start < 0 else start / 44100, seconds) for seconds, start in edits))
    return video.written()


def with_extends_box(content: bytes) -> bytes:
    video = Video.read(content)
    video.movie.children += boxes(movie_extends(2))
    return video.written()


def disabled(content: bytes) -> bytes:
    """Disable the first and enable the second."""
    video = Video.read(content)
    video.sound(0).enable(enabled=False)
    video.sound(1).enable(enabled=True)
    return video.written()


def emptied(content: bytes) -> bytes:
    video = Video.read(content)
    video.sound().empty()
    return video.written()


ONE_TRACK: dict[str, tuple[Callable[[], bytes], float, bool]] = {
    "gap": (lambda: cut(timed((86, 1024), (1, 2 * 44100), (87, 1024)), (6, 1024)), 6 - PRIMING, True),
    "negative-duration": (lambda: timed((86, 1024), (1, 0xFFFFFC00), (87, 1024)), 4, False),
    "long-last-duration": (lambda: timed((173, 1024), (1, 44100)), 4, True),
    "no-last-duration": (lambda: timed((173, 1024), (1, 0)), 4, True),
    "pause-inside": (lambda: cut(whole(), (1, 1024), (2, -1), (1, 45124)), 4, True),
    "pause-in-front": (lambda: cut(whole(), (2, -1), (1, 1024)), 1, True),
    "left-over-extends-box": (lambda: with_extends_box(cut(whole(), (1, 1024))), 1, True),
    "two-joined-files": (lambda: whole() * 2, 4, True),
    "joined-recordings": (lambda: sample("fragmented").read_bytes() * 2, 8 + 2 * PRIMING, True),
    "text-behind-fragments": (
        lambda: sample("fragmented").read_bytes() + b"Made with a camera.",
        4 + PRIMING,
        True,
    ),
}
"""How each is made, how many seconds a player plays, and whether its clock is steady."""


@pytest.mark.parametrize("name", ONE_TRACK)
async def test_finds_what_is_played(name: str) -> None:
    """Nothing is missing, and the demuxer opens it."""
    make, seconds, steady = ONE_TRACK[name]
    content = make()

    traits = await inspect(content)

    (found,) = traits.audio_tracks
    assert (found.problem, found.missing, traits.readable) == (None, None, None)
    assert found.duration == pytest.approx(seconds, abs=EXACT)
    assert found.has_steady_clock is steady
    with av.open(io.BytesIO(content), "r", format="mov", options={"ignore_editlist": "1"}) as container:
        assert [stream.id for stream in container.streams.audio] == [found.id]
        assert sum(1 for packet in container.demux(audio=0) if packet.size) > 100


async def test_gives_pauses_inside_and_in_front() -> None:
    """In seconds of the media and of the movie."""
    (inside,) = (await inspect(ONE_TRACK["pause-inside"][0]())).audio_tracks
    (front,) = (await inspect(ONE_TRACK["pause-in-front"][0]())).audio_tracks

    assert inside.edits == (Edit(PRIMING, 1.0), Edit(None, 2.0), Edit(45124 / 44100, 1.0))
    assert (front.edits, front.delay) == ((Edit(PRIMING, 1.0),), 2.0)


@pytest.mark.parametrize("change", [disabled, emptied])
async def test_leads_to_the_track_that_a_player_plays(change: Callable[[bytes], bytes]) -> None:
    """The second, as the first is disabled or has no sound."""
    traits = await inspect(change(sample("two-tracks").read_bytes()))

    assert len(traits.audio_tracks) == 2
    assert all(found.problem is None for found in traits.audio_tracks)
    plan = plan_extraction(traits, AudioOptions(), longest=3600)
    assert (plan.track, plan.track_traits.id) == (1, 3)
    assert plan.track_traits.duration == pytest.approx(4, abs=EXACT)


@pytest.mark.parametrize("share", [0.3, 0.5, 0.7, 0.9])
async def test_the_readable_part_of_a_recording_is_whole(share: float) -> None:
    """The demuxer reads it to its end without a complaint, and as much as was found."""
    recording = sample("fragmented").read_bytes()
    content = recording[: int(len(recording) * share)]

    traits = await inspect(content)

    assert traits.readable is not None
    (found,) = traits.audio_tracks
    assert found.missing is not None
    with av.open(io.BytesIO(content[: traits.readable]), "r", format="mov") as container:
        packets = [packet for packet in container.demux(audio=0) if packet.size]
    assert not any(packet.is_corrupt for packet in packets)
    assert found.duration == pytest.approx(len(packets) * PRIMING, abs=0.001)


OLD_FORMS = {
    "pcm_s16be": 4,
    "pcm_s16le": 4,
    "pcm_u8": 2,
    "pcm_s24be": 6,
    "pcm_s24le": 6,
    "pcm_s32be": 8,
    "pcm_f32le": 8,
    "pcm_f64be": 16,
    "pcm_mulaw": 2,
    "pcm_alaw": 2,
    "adpcm_ima_qt": 0,
    "adpcm_ms": 0,
    "adpcm_ima_wav": 0,
}
"""Codecs by ffmpeg's names, and the bytes of a sample of both channels where the sizes may count samples."""


def counting_samples(content: bytes) -> bytes:
    video = Video.read(content)
    video.sound().count_single_samples()
    return video.written()


@pytest.mark.parametrize("codec", OLD_FORMS)
async def test_knows_the_bytes_of_quicktimes_old_forms(codec: str, tmp_path: Path) -> None:
    """As ffmpeg writes them, and with sizes that count samples, as QuickTime did."""
    path = tmp_path / "sound.mov"
    tone = ("-f", "lavfi", "-i", "sine=frequency=440:sample_rate=44100:duration=1", "-ac", "2")
    ffmpeg.run(*tone, "-c:a", codec, "-movflags", "+faststart", "-f", "mov", str(path))
    content = path.read_bytes()
    forms = [content]
    if OLD_FORMS[codec]:
        forms.append(counting_samples(content))

    for form in forms:
        (found,) = (await inspect(form)).audio_tracks
        assert found.problem is None
        assert found.duration == pytest.approx(1, abs=0.1)
        (found,) = (await inspect(form[:-5])).audio_tracks
        assert found.problem is not None
        assert found.problem.code is FailureCode.CORRUPT_MEDIA


CODES = (
    *(
        b"mp4a ac-3 ec-3 ac-4 alac fLaC Opus opus samr sawb sowt twos lpcm raw  NONE ima4 MAC3 QDM2 Qclp".split()
    ),
    *(b"dtsc mlpa spex mhm1 mha1 apac enca drms mp4s tmcd gpmd text tx3g mett XxXx".split()),
    *(b"ms\0\x02", b"ms\0\x11", b"ms\0U", b"ms\xff\xff", b".mp3", b"mp3 ", b"raw "),
)


@pytest.mark.parametrize("handler", [b"soun", b"vide", b"meta", b"data", b"text", b"tmcd", b"subp"])
async def test_counts_audio_tracks_as_libavformat_does(handler: bytes) -> None:
    """By their handler and the code of their sample entry."""
    codes = [code for code in CODES if handler != b"vide" or code in {b"mp4a", b"sowt"}]
    recipes = [
        TrackRecipe(handler=handler, entry=sample_entry(code), id=number, chunk_offset=media_start())
        for number, code in enumerate(codes, start=1)
    ]
    content = video_file(*(track(recipe) for recipe in recipes), media=6000)

    found = (await inspect(content)).audio_tracks

    with av.open(io.BytesIO(content), "r", format="mov", options={"ignore_editlist": "1"}) as container:
        assert [each.id for each in found] == [stream.id for stream in container.streams.audio]
