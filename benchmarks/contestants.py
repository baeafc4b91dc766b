"""The contestants of the benchmark of conversions, each in a process of its own.

    python -m benchmarks.contestants NAME VIDEO TARGET [MONGODB_URL]

Imports what it needs, gets ready as a server would be, converts once, and prints a JSON object: seconds of wall and
processor time from the beginning of the conversion to the finished file, the largest process in bytes, and, where the
video lies in GridFS, how many of its chunks were fetched and how many different ones.
"""

import asyncio
import contextlib
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import imageio_ffmpeg

BITRATE = 192
"""kbit/s."""
_CALM = 0.5
"""Seconds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """One conversion."""

    wall: float
    """Seconds."""
    cpu: float
    """Seconds of processor time of all its processes."""
    memory: int
    """Bytes of the largest process."""
    fetched: int = 0
    """Chunks of GridFS."""
    different: int = 0
    """Chunks of GridFS, each counted once."""


def plain_ffmpeg(video: Path, target: Path) -> Measured:
    """What everybody would type."""
    command = [
        imageio_ffmpeg.get_ffmpeg_exe(),
        "-nostdin",
        "-v",
        "error",
        "-y",
        "-i",
        str(video),
        "-vn",
        "-b:a",
    ]
    command += [f"{BITRATE}k", str(target)]
    return _measured(lambda: subprocess.run(command, check=True), in_children=True)


def moviepy_extract(video: Path, target: Path) -> Measured:
    """MoviePy's shortcut around itself."""
    from moviepy.video.io.ffmpeg_tools import ffmpeg_extract_audio  # noqa: PLC0415 - only this one needs it

    return _measured(
        lambda: ffmpeg_extract_audio(str(video), str(target), bitrate=BITRATE, logger=None), in_children=True
    )


def moviepy_audio(video: Path, target: Path) -> Measured:
    """MoviePy's writer, on the audio alone."""
    from moviepy import AudioFileClip  # noqa: PLC0415 - only this one needs it

    def convert() -> None:
        with AudioFileClip(str(video)) as clip:
            clip.write_audiofile(str(target), bitrate=f"{BITRATE}k", logger=None)

    return _measured(convert)


def moviepy_video(video: Path, target: Path) -> Measured:
    """What the classic tutorial does."""
    from moviepy import VideoFileClip  # noqa: PLC0415 - only this one needs it

    def convert() -> None:
        with VideoFileClip(str(video)) as clip:
            clip.audio.write_audiofile(str(target), bitrate=f"{BITRATE}k", logger=None)

    return _measured(convert)


def tracklift(video: Path, target: Path) -> Measured:
    """Tracklift, with the video in a file."""
    from tracklift_domain.media.file_reader import FileReader  # noqa: PLC0415

    with video.open("rb") as file:
        return asyncio.run(_tracklift(FileReader(file, video.stat().st_size, video), target))


def tracklift_gridfs(media_id: Path, target: Path, url: str) -> Measured:
    """Tracklift, with the video in MongoDB's GridFS, under its file's name."""
    from benchmarks.chunk_counter import ChunkCounter  # noqa: PLC0415 - only this one needs it
    from tracklift_adapters.mongodb.database import MongoDatabase  # noqa: PLC0415
    from tracklift_adapters.mongodb.media_store import GridFsMediaStore  # noqa: PLC0415
    from tracklift_adapters.system.clock import SystemClock  # noqa: PLC0415
    from tracklift_domain.identifiers import MediaId  # noqa: PLC0415

    async def run() -> Measured:
        counter = ChunkCounter()
        database = MongoDatabase(url)
        video = await GridFsMediaStore(database, SystemClock()).open_seekable(MediaId(media_id.name))
        try:
            done = await _tracklift(video, target)
        finally:
            video.close()
            await database.close()
        values = asdict(done) | {"fetched": counter.fetched, "different": counter.different}
        return Measured(**values)

    return asyncio.run(run())


async def _tracklift(video: Any, target: Path) -> Measured:
    from tracklift_adapters.extraction_process.host.extractor import ProcessAudioExtractor  # noqa: PLC0415
    from tracklift_adapters.mp4.inspector import Mp4Inspector  # noqa: PLC0415
    from tracklift_converter.engines import ENGINES, PRELOADED  # noqa: PLC0415
    from tracklift_domain.extraction.extract_audio import ExtractAudio  # noqa: PLC0415
    from tracklift_domain.extraction.options import AudioOptions  # noqa: PLC0415

    with tempfile.TemporaryDirectory(dir=target.parent) as scratch:
        extractor = ProcessAudioExtractor(Path(scratch), engines=ENGINES, preload=PRELOADED)
        extract = ExtractAudio(
            inspector=Mp4Inspector(), extractor=extractor, longest_audio=timedelta(hours=24)
        )
        await extractor.prepare()
        await asyncio.to_thread(_time_of_descendants)  # A server's threads are there before a video is, too.
        await _at_rest()  # A server has been waiting for a video for longer than its processes take to start.
        used = _time_of_descendants()
        began, used_here = time.monotonic(), time.process_time()
        async with extract(video, AudioOptions(bitrate=BITRATE), lambda _: None) as extraction:
            with target.open("wb") as file:
                async for chunk in extraction.audio.chunks():
                    file.write(chunk)
            wall = time.monotonic() - began
        cpu = time.process_time() - used_here
        await _at_rest()  # What a conversion has others do when it is over is its cost as well.
        cpu += _time_of_descendants() - used
        await extractor.close()
    return Measured(wall=wall, cpu=cpu, memory=_largest(resource.RUSAGE_CHILDREN))


def _time_of_descendants() -> float:
    """Give the seconds of processor time of those that have ended, with their own, and of the children that live."""
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime + _time_of_children()


async def _at_rest() -> None:
    """Wait until no process that was started here has used the processor for a while."""
    before, now = -1.0, _time_of_children()
    while before != now:
        await asyncio.sleep(_CALM)
        before, now = now, _time_of_children()


def _time_of_children() -> float:
    """Give the seconds of processor time of all threads of the children that live."""
    nanoseconds = 0
    for task in Path("/proc").glob("[0-9]*/task/*"):
        with contextlib.suppress(OSError):  # It has ended meanwhile.
            if int((task / "stat").read_text().rpartition(")")[2].split()[1]) == os.getpid():
                nanoseconds += int((task / "schedstat").read_text().split()[0])
    return nanoseconds / 1e9


def _measured(convert: Callable[[], object], *, in_children: bool = False) -> Measured:
    began, used = time.monotonic(), _processor_time()
    convert()
    wall, cpu = time.monotonic() - began, _processor_time() - used
    memory = _largest(resource.RUSAGE_CHILDREN)
    return Measured(
        wall=wall, cpu=cpu, memory=memory if in_children else max(memory, _largest(resource.RUSAGE_SELF))
    )


def _processor_time() -> float:
    usages = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(usage.ru_utime + usage.ru_stime for usage in usages)


def _largest(who: int) -> int:
    return resource.getrusage(who).ru_maxrss * 1024  # Kilobytes, on Linux.


CONTESTANTS: dict[str, Callable[..., Measured]] = {
    "plain ffmpeg": plain_ffmpeg,
    "MoviePy, VideoFileClip.audio.write_audiofile": moviepy_video,
    "MoviePy, AudioFileClip.write_audiofile": moviepy_audio,
    "MoviePy, ffmpeg_extract_audio": moviepy_extract,
    "Tracklift": tracklift,
    "Tracklift, from GridFS": tracklift_gridfs,
}


if __name__ == "__main__":
    name, video, target, *further = sys.argv[1:]
    print(json.dumps(asdict(CONTESTANTS[name](Path(video), Path(target), *further))))
