"""Extractors for tests, with the engines of applications."""

import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from tests.contracts.audio_extractor import a_plan, made
from tests.media.readers import BytesVideo
from tracklift_adapters.extraction_process.host.extractor import ProcessAudioExtractor
from tracklift_adapters.extraction_process.host.worker_pool import WorkerPool
from tracklift_adapters.lame.engine import LameAudioEngine
from tracklift_adapters.moviepy.engine import MoviePyAudioEngine
from tracklift_domain.extraction.ports import AudioEngine


def name_of(engine: type[AudioEngine]) -> str:
    """Give the name by which a worker imports an engine."""
    return f"{engine.__module__}:{engine.__qualname__}"


def extractor_with(
    scratch: Path, *engines: type[AudioEngine], forks: WorkerPool | None = None, **options: Any
) -> ProcessAudioExtractor:
    """Make an extractor that tries these engines; if `forks` are given, its workers are these."""
    extractor = ProcessAudioExtractor(scratch, engines=[name_of(engine) for engine in engines], **options)
    if forks is not None:
        extractor._pool = forks
    return extractor


def with_lame(scratch: Path, **options: Any) -> ProcessAudioExtractor:
    """Make an extractor as the converter's: with the fast engine, and MoviePy for what it leaves."""
    return extractor_with(scratch, LameAudioEngine, MoviePyAudioEngine, **options)


def with_moviepy(scratch: Path, **options: Any) -> ProcessAudioExtractor:
    """Make an extractor with MoviePy."""
    return extractor_with(scratch, MoviePyAudioEngine, **options)


def with_script(scratch: Path, **options: Any) -> ProcessAudioExtractor:
    """Make an extractor with MoviePy and a program in ffmpeg's place, which lies beside the scratch folder."""
    return extractor_with(scratch, ScriptedMoviePy, **options)


async def place_of_work(extractor: ProcessAudioExtractor) -> dict[str, Any]:
    """Extract with the engine `Telling`, and give what it tells about its process."""
    _, content = await made(extractor, BytesVideo(bytes(100_000)), a_plan())
    place: dict[str, Any] = json.loads(content)
    return place


EXTRACTORS = {"lame": with_lame, "moviepy": with_moviepy}
"""What makes an extractor that an application could have."""
PRELOADED = {"lame": "tracklift_adapters.lame.preloading", "moviepy": "tests.integration.preloaded_moviepy"}
"""What the processes of each import before they get a job."""


@asynccontextmanager
async def kept_forks(*preload: str) -> AsyncIterator[WorkerPool]:
    """Give workers for several extractors, forked from a process that has imported these modules."""
    pool = WorkerPool(preload)
    try:
        await pool.prepare()
        yield pool
    finally:
        await pool.close()


@asynccontextmanager
async def prepared_extractors(scratch: Path) -> AsyncIterator[Mapping[str, ProcessAudioExtractor]]:
    """Give an extractor with each engine, which forks its workers as an application's does."""
    extractors = {name: make(scratch, preload=[PRELOADED[name]]) for name, make in EXTRACTORS.items()}
    try:
        for extractor in extractors.values():
            await extractor.prepare()
        yield extractors
    finally:
        for extractor in extractors.values():
            await extractor.close()


class ScriptedMoviePy(MoviePyAudioEngine):
    """MoviePy with a program named `ffmpeg` beside the scratch folder, seen from the job's."""

    def __init__(self) -> None:
        super().__init__(Path.cwd().parents[1] / "ffmpeg")


class MoviePyWithoutFfmpeg(MoviePyAudioEngine):
    """MoviePy with an ffmpeg that is not there."""

    def __init__(self) -> None:
        super().__init__(Path("/nowhere/no-such-program"))
