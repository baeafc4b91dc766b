"""Engines are tried in their order, until one covers the extraction."""

import logging
from pathlib import Path

import pytest

from tests.contracts.audio_extractor import a_plan, failure_of, made
from tests.integration.extraction_engines import extractor_with
from tests.integration.extraction_traces import Traces
from tests.integration.scripted_engines import (
    MEASURED,
    Copying,
    CopyingUpToACut,
    Measuring,
    Refusing,
    RefusingToo,
)
from tests.media.readers import BytesVideo
from tracklift_adapters.extraction_process.host.worker_pool import WorkerPool
from tracklift_domain.extraction.damage import Damage
from tracklift_domain.extraction.failure import FailureCode

pytestmark = pytest.mark.asyncio(loop_scope="module")

CONTENT = bytes(range(256)) * 100


@pytest.fixture
def scratch(tmp_path: Path) -> Path:
    return tmp_path / "scratch"


async def test_the_first_engine_that_covers_it_makes_the_mp3(
    scratch: Path, forks: WorkerPool, caplog: pytest.LogCaptureFixture
) -> None:
    """The log tells which engines do not, and why."""
    traces = Traces(scratch)
    extractor = extractor_with(scratch, Refusing, RefusingToo, Copying, forks=forks)

    with caplog.at_level(logging.INFO):
        _, content = await made(extractor, BytesVideo(CONTENT), a_plan())

    assert content == CONTENT
    skipped = [record.getMessage() for record in caplog.records if record.levelno == logging.INFO]
    assert len(skipped) == 2
    assert "scripted_engines:Refusing does not cover" in skipped[0]
    assert "Refusing knows no mp4a" in skipped[0]
    assert "RefusingToo knows no mp4a" in skipped[1]
    assert traces.left() == []


async def test_damage_that_one_engine_finds_is_reported_of_the_mp3_that_another_makes(
    scratch: Path, forks: WorkerPool
) -> None:
    """Also where the other one reports only that the end is missing."""
    extractor = extractor_with(scratch, Measuring, CopyingUpToACut, forks=forks)

    audio, _ = await made(extractor, BytesVideo(CONTENT), a_plan())

    assert audio.damage == MEASURED


async def test_a_missing_end_is_reported_where_no_engine_found_other_damage(
    scratch: Path, forks: WorkerPool
) -> None:
    extractor = extractor_with(scratch, Refusing, CopyingUpToACut, forks=forks)

    audio, _ = await made(extractor, BytesVideo(CONTENT), a_plan())

    assert audio.damage == Damage(seconds=0.5, at=(1.0,), cut_off=0.5)


async def test_engines_after_the_one_that_covers_it_are_not_tried(
    scratch: Path, forks: WorkerPool, caplog: pytest.LogCaptureFixture
) -> None:
    """Nor imported."""
    extractor = extractor_with(scratch, Copying, Refusing, forks=forks)

    with caplog.at_level(logging.INFO):
        _, content = await made(extractor, BytesVideo(CONTENT), a_plan())

    assert content == CONTENT
    assert caplog.records == []


async def test_an_extraction_that_no_engine_covers_is_an_internal_error(
    scratch: Path, forks: WorkerPool, caplog: pytest.LogCaptureFixture
) -> None:
    """The video may be fine, so the user may try again once the operator has fixed the cause in the log."""
    traces = Traces(scratch)
    extractor = extractor_with(scratch, Refusing, RefusingToo, forks=forks)

    with caplog.at_level(logging.INFO):
        found = await failure_of(extractor, BytesVideo(CONTENT), a_plan())

    assert found is FailureCode.INTERNAL_ERROR
    assert "No engine covers this extraction." in caplog.text
    assert traces.left() == []
