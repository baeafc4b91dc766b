"""How fast videos become MP3s, compared with ffmpeg alone and with MoviePy.

    make bench
    make bench ARGS="--videos 3-minutes --rounds 7"

Makes the videos (once, in .cache/benchmarks), starts a MongoDB of its own with them in GridFS, and has the contestants
convert each video in turn, round by round, so that what else the machine does hits all alike. Figures are medians; a
ratio is the median of the ratios to plain ffmpeg in the same round. Writes benchmarks/RESULTS.md and its plot.
"""

import argparse
import asyncio
import json
import os
import statistics
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from benchmarks.contestants import CONTESTANTS, Measured
from benchmarks.media import make_video
from benchmarks.report import Row, write_report
from tests.servers.choose import choose
from tracklift_adapters.mongodb.database import MongoDatabase
from tracklift_adapters.mongodb.media_store import GridFsMediaStore
from tracklift_adapters.system.clock import SystemClock
from tracklift_domain.identifiers import MediaId

_PLAIN, _FROM_GRIDFS = "plain ffmpeg", "Tracklift, from GridFS"
_FOLDER = Path(__file__).parents[1] / ".cache" / "benchmarks"
_MB = 10**6


@dataclass(frozen=True, slots=True)
class Video:
    """A video to convert."""

    title: str
    seconds: int
    megabits: float
    rounds: int
    """How often each contestant converts it."""
    left_out: tuple[str, ...] = ()
    """Contestants that would only take time."""

    def make(self) -> Path:
        """Make it, if it is not there."""
        _FOLDER.mkdir(parents=True, exist_ok=True)
        return make_video(
            _FOLDER / f"{self.seconds}s-{self.megabits:g}.mp4", self.seconds, megabits=self.megabits
        )


VIDEOS = {
    "10-seconds": Video("10 seconds, 720p", 10, 1.5, 11),
    "3-minutes": Video("3 minutes, 720p", 180, 1.5, 7),
    "3-minutes-1080p": Video("3 minutes, 1080p, 17 Mbit/s", 180, 17, 5),
    "60-minutes": Video("60 minutes, 720p", 3600, 1.5, 3, ("MoviePy, VideoFileClip.audio.write_audiofile",)),
}


def measure(video: Video, rounds: int, url: str) -> list[Row]:
    """Have all contestants convert a video, and give a row of the table for each."""
    source = video.make()
    media_id = asyncio.run(_store(source, url))
    names = [name for name in CONTESTANTS if name not in video.left_out]
    results: dict[str, list[Measured]] = {name: [] for name in names}
    with tempfile.TemporaryDirectory(dir=_FOLDER) as folder:
        for number in range(rounds):
            first = number % len(names)
            for name in names[first:] + names[:first]:
                given = media_id if name == _FROM_GRIDFS else str(source)
                further = [url] if name == _FROM_GRIDFS else []
                results[name].append(_convert(name, given, Path(folder) / "audio.mp3", further))
                print(f"{video.title}, {name}: {results[name][-1].wall:.2f} s", file=sys.stderr)
    return [_row(name, results[name], results[_PLAIN]) for name in names]


def _convert(name: str, video: str, target: Path, further: list[str]) -> Measured:
    command = [sys.executable, "-m", "benchmarks.contestants", name, video, str(target), *further]
    done = subprocess.run(command, stdout=subprocess.PIPE, check=True, env=os.environ)
    if target.stat().st_size == 0:
        raise SystemExit(f"{name} made an empty file.")
    return Measured(**json.loads(done.stdout))


def _row(name: str, measured: list[Measured], plain: list[Measured]) -> Row:
    return Row(
        name=name,
        wall=statistics.median(one.wall for one in measured),
        wall_ratio=statistics.median(one.wall / base.wall for one, base in zip(measured, plain, strict=True)),
        cpu_ratio=statistics.median(one.cpu / base.cpu for one, base in zip(measured, plain, strict=True)),
        memory=max(one.memory for one in measured),
        fetched=measured[-1].fetched,
        different=measured[-1].different,
    )


async def _store(video: Path, url: str) -> str:
    """Put a video into GridFS, and give its id."""

    async def chunks() -> AsyncIterator[bytes]:
        with video.open("rb") as file:
            while chunk := file.read(_MB):
                yield chunk

    database = MongoDatabase(url)
    store = GridFsMediaStore(database, SystemClock())
    await store.prepare()
    stored = await store.write(MediaId(f"{video.stem}.source"), chunks())
    await store.close()
    await database.close()
    return stored.id


def main() -> None:
    """Measure and report."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--videos", nargs="+", choices=VIDEOS, default=list(VIDEOS), help="which ones (default: all)"
    )
    parser.add_argument("--rounds", type=int, help="how often (default: as many as bring steady figures)")
    parser.add_argument("--print-only", action="store_true", help="leave the report as it is")
    arguments = parser.parse_args()
    with ExitStack() as stack:
        servers = stack.enter_context(choose().servers())
        servers.start(["mongodb"])
        url = servers.mongodb.endpoint.url("benchmark")
        tables = {
            VIDEOS[name].title: measure(VIDEOS[name], arguments.rounds or VIDEOS[name].rounds, url)
            for name in arguments.videos
        }
    print(write_report(tables, None if arguments.print_only else Path(__file__).parent))


if __name__ == "__main__":
    main()
