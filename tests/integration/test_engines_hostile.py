"""Every bad file ends in its named failure with each engine, and leaves nothing behind."""

import shutil
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path

import pytest

from tests.contracts.audio_extractor import UNDECLARED, a_plan, failure_of, ignore, made
from tests.integration.extraction_engines import EXTRACTORS
from tests.integration.extraction_traces import Traces
from tests.media import ffmpeg
from tests.media.boxes import TrackRecipe, audio_file, full_box, sample_entry
from tests.media.hostile import HOSTILE
from tests.media.readers import BytesVideo, FileVideo
from tests.media.samples import sample
from tests.selection import thorough
from tracklift_adapters.mp4.inspector import Mp4Inspector
from tracklift_domain.extraction.errors import ExtractionError
from tracklift_domain.extraction.extract_audio import ExtractAudio
from tracklift_domain.extraction.failure import FailureCode
from tracklift_domain.extraction.options import AudioOptions
from tracklift_domain.extraction.ports import AudioExtractor

pytestmark = [
    pytest.mark.media,
    pytest.mark.kill,
    pytest.mark.each_value_once,
    pytest.mark.asyncio(loop_scope="module"),
]


@pytest.fixture(params=EXTRACTORS)
def extractor(request: pytest.FixtureRequest, extractors: Mapping[str, AudioExtractor]) -> AudioExtractor:
    return extractors[request.param]


@pytest.fixture
def traces(shared_scratch: Path, extractor: AudioExtractor) -> Traces:
    """Look from now on, when the processes are there from which workers are forked."""
    return Traces(shared_scratch)


FOUND_BY_ENGINES = ["noisy-media"]
OTHERS = sorted(HOSTILE.keys() - {*FOUND_BY_ENGINES})


# Each run shows of all others that the inspection refuses them, in which no engine has a part.
@pytest.mark.parametrize("name", [*FOUND_BY_ENGINES, *thorough(OTHERS)])
async def test_a_hostile_file_ends_in_its_named_failure(
    name: str, extractor: AudioExtractor, traces: Traces
) -> None:
    """The way it goes in the application: inspected, planned, extracted, checked."""
    make, code = HOSTILE[name]
    extract = ExtractAudio(inspector=Mp4Inspector(), extractor=extractor, longest_audio=timedelta(hours=1))

    with pytest.raises(ExtractionError) as raised:
        async with extract(BytesVideo(make()), AudioOptions(), ignore):
            pytest.fail("An MP3 was made.")

    assert raised.value.failure.code is code
    assert traces.left() == []


@pytest.mark.one_in(3)
@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("empty", FailureCode.CORRUPT_MEDIA),
        ("text", FailureCode.CORRUPT_MEDIA),
        ("playlist", FailureCode.CORRUPT_MEDIA),
        ("list-of-files", FailureCode.CORRUPT_MEDIA),
        ("picture", FailureCode.CORRUPT_MEDIA),
        ("noise", FailureCode.CORRUPT_MEDIA),
        ("half-with-index-at-end", FailureCode.CORRUPT_MEDIA),
        ("sample-size-bomb", FailureCode.CORRUPT_MEDIA),
        ("table-bomb", FailureCode.CORRUPT_MEDIA),
        ("deep-nesting", FailureCode.CORRUPT_MEDIA),
        ("no-audio", FailureCode.NO_AUDIO_TRACK),
        ("unknown-codec", FailureCode.UNSUPPORTED_CODEC),
    ],
)
async def test_a_hostile_file_that_slipped_through_the_inspection_does_no_harm(
    name: str, code: FailureCode, extractor: AudioExtractor, traces: Traces, tmp_path: Path
) -> None:
    """A video beside it is not touched, whatever the file says."""
    shutil.copy(sample("index-at-end"), tmp_path / "neighbour.mp4")
    path = tmp_path / "video.mp4"
    path.write_bytes(HOSTILE[name][0]())

    found = await failure_of(extractor, FileVideo(path), a_plan())

    assert found is code
    assert traces.left() == []


async def test_a_file_that_names_another_one_is_not_followed(
    extractor: AudioExtractor, tmp_path: Path
) -> None:
    """The index says that the samples lie in a file beside it; none of them is heard."""
    (tmp_path / "neighbour.raw").write_bytes(b"\x55\x2a" * 100_000)
    entry = sample_entry(b"sowt")
    recipe = TrackRecipe(entry=entry, samples=44100, sample_size=4, sample_duration=1)
    recipe.data_reference = full_box(b"url ", b"neighbour.raw\0")
    path = tmp_path / "video.mp4"
    path.write_bytes(audio_file(recipe, media=180_000))

    _, content = await made(extractor, FileVideo(path), a_plan(UNDECLARED))

    (tmp_path / "audio.mp3").write_bytes(content)
    heard = ffmpeg.decode(tmp_path / "audio.mp3")
    assert heard.seconds == pytest.approx(1, abs=0.001)
    assert heard.level() < 0.001
