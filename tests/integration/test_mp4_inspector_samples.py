"""The MP4 inspector finds in files made by ffmpeg what ffmpeg decodes from them."""

import resource

import pytest
from typing_extensions import override

from tests.media import ffmpeg
from tests.media.hostile import HOSTILE, half
from tests.media.readers import BytesVideo
from tests.media.samples import CUT_SAMPLES, SAMPLES, sample
from tracklift_adapters.mp4.inspector import Mp4Inspector
from tracklift_domain.extraction.errors import ExtractionError
from tracklift_domain.extraction.options import AudioOptions
from tracklift_domain.extraction.plan import plan_extraction
from tracklift_domain.extraction.tags import TAG_NAMES

pytestmark = pytest.mark.media

LONG = {"three-minutes", "twenty-minutes", "one-hour", "two-hours"}
EXACT = 0.05


@pytest.mark.one_in(5)
@pytest.mark.parametrize("name", sorted({*SAMPLES, *CUT_SAMPLES} - LONG))
async def test_finds_what_ffmpeg_decodes(name: str) -> None:
    """Every track, its length to the twentieth of a second, its rate and its channels."""
    traits = await Mp4Inspector().inspect(BytesVideo(sample(name).read_bytes()))

    decoded = [ffmpeg.decode(sample(name), track=number) for number in range(len(traits.audio_tracks))]
    assert [track.duration for track in traits.audio_tracks] == [
        pytest.approx(heard.seconds, abs=EXACT) for heard in decoded
    ]
    assert [track.channels for track in traits.audio_tracks] == [heard.samples.shape[1] for heard in decoded]
    # Above 65,535 Hz an entry tells half of the rate.
    assert [track.sample_rate for track in traits.audio_tracks] == [
        heard.rate // 2 if name == "lossless" else heard.rate for heard in decoded
    ]
    with pytest.raises(RuntimeError, match="matches no streams"):
        ffmpeg.decode(sample(name), track=len(decoded))


@pytest.mark.parametrize(
    ("name", "codec"),
    [
        ("mp3-audio", ".mp3"),
        ("index-at-end", "mp4a"),
        ("opus", "Opus"),
        ("ac-3", "ac-3"),
        ("quicktime", "sowt"),
    ],
)
async def test_names_the_codec(name: str, codec: str) -> None:
    """As the sample entry does, MP3 always alike."""
    traits = await Mp4Inspector().inspect(BytesVideo(sample(name).read_bytes()))

    assert [track.codec for track in traits.audio_tracks] == [codec]


@pytest.mark.parametrize("name", ["tagged", "tagged-mp3", "tagged-quicktime", "tagged-by-names"])
async def test_finds_the_tags_that_ffmpeg_finds(name: str) -> None:
    """Of those that are carried over."""
    known = ffmpeg.tags(sample(name))

    traits = await Mp4Inspector().inspect(BytesVideo(sample(name).read_bytes()))

    assert dict(traits.tags) == {tag: known[tag] for tag in TAG_NAMES if tag in known}
    assert len(traits.tags) >= 5


@pytest.mark.parametrize(("name", "media_type"), [("tagged", "image/png"), ("tagged-mp3", "image/jpeg")])
async def test_finds_the_cover(name: str, media_type: str) -> None:
    """Byte for byte."""
    content = sample(name).read_bytes()

    cover = (await Mp4Inspector().inspect(BytesVideo(content))).cover

    assert cover is not None
    assert cover.media_type == media_type
    assert content[cover.position : cover.position + cover.size] == ffmpeg.picture(sample(name), track=1)


FOUND_LATER = {"noisy-media"}
"""Noise in place of samples is found by decoding."""


@pytest.mark.parametrize("name", sorted(HOSTILE.keys() - FOUND_LATER))
async def test_names_the_failure_of_a_hostile_file_in_little_memory(name: str) -> None:
    """By the index alone; one that took minutes would end at the limit of a test."""
    make, code = HOSTILE[name]
    content = make()
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss

    try:
        traits = await Mp4Inspector().inspect(BytesVideo(content))
        plan_extraction(traits, AudioOptions(), longest=3600)
    except ExtractionError as error:
        found = error.failure.code
    else:
        pytest.fail("The file was accepted.")

    assert found is code
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 64 * 1024  # KiB


async def test_finds_up_to_where_half_of_a_recording_is_whole() -> None:
    """What is lost of its sound is told."""
    content = half("fragmented")

    traits = await Mp4Inspector().inspect(BytesVideo(content))

    assert traits.readable is not None
    assert 0 < traits.readable < len(content)
    (track,) = traits.audio_tracks
    assert track.duration == pytest.approx(1, abs=EXACT)
    assert track.missing == pytest.approx(1, abs=EXACT)


async def test_reads_little_of_a_long_video() -> None:
    """The index only, and of it only the tables of the audio track."""
    content = sample("one-hour").read_bytes()

    class CountingVideo(BytesVideo):
        bytes_read = 0

        @override
        def read(self, size: int = -1, /) -> bytes:
            self.bytes_read += size
            return super().read(size)

    video = CountingVideo(content)
    (track,) = (await Mp4Inspector().inspect(video)).audio_tracks

    assert track.duration == pytest.approx(3600, abs=EXACT)
    assert video.bytes_read < len(content) / 20
