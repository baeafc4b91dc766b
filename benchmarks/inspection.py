"""How long the index of a long recording takes to inspect, compared with libavformat opening the same file.

    make bench-inspection
    make bench-inspection ARGS="--hours 24 --fragment-seconds 1"

Makes a recording of fragments with pictures and sound in a temporary folder; its media is a hole that takes no room on
the disk. In each round both open it, each in a process of its own, one after the other and in turns the first. Prints
the median of the seconds of processor time, the memory beyond that of the process before, and the ratio. Ends with 1 if
the inspection takes longer than the goal.
"""

import argparse
import asyncio
import json
import resource
import statistics
import struct
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import av

from tests.media.boxes import TrackRecipe, box, full_box, initialisation
from tracklift_adapters.mp4.inspector import Mp4Inspector
from tracklift_domain.media.file_reader import FileReader

GOAL = 2.0
"""Seconds for 12 hours of fragments of two seconds."""
_RATE, _FRAME = 48000, 1024
_PICTURES_PER_SECOND = 30
_MEDIA_RATE = 50_000
"""Bytes in a second, of which none are written."""
_MB = 10**6


def main() -> int:
    """Measure, report, and give the exit code."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--hours", type=float, default=12, help="of the recording (default: 12)")
    parser.add_argument("--fragment-seconds", type=float, default=2, help="of a fragment (default: 2)")
    parser.add_argument("--rounds", type=int, default=5, help="how often both are measured (default: 5)")
    parser.add_argument("--measure", nargs=2, metavar=("WHAT", "PATH"), help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.measure:
        return _measure(*arguments.measure)
    with tempfile.TemporaryDirectory(prefix="tracklift-inspection-") as folder:
        path = Path(folder) / "recording.mp4"
        fragments = make_recording(path, hours=arguments.hours, seconds=arguments.fragment_seconds)
        _say(f"{fragments:,} fragments, {path.stat().st_size / _MB:,.0f} MB")
        results: dict[str, list[tuple[float, float]]] = {"inspector": [], "libavformat": []}
        for number in range(arguments.rounds):
            for name in sorted(results, reverse=number % 2 == 1):
                results[name].append(_in_process(name, path))
    seconds = {name: statistics.median(each[0] for each in measured) for name, measured in results.items()}
    for name, measured in results.items():
        memory = statistics.median(each[1] for each in measured)
        _say(f"{name:12} {seconds[name]:6.2f} s {memory:7.1f} MB")
    _say(f"{'ratio':12} {seconds['inspector'] / seconds['libavformat']:6.2f}")
    return int(seconds["inspector"] > GOAL * arguments.hours / 12 * 2 / arguments.fragment_seconds)


def make_recording(path: Path, *, hours: float, seconds: float) -> int:
    """Write the recording and give the number of its fragments."""
    entry = box(b"jpeg", struct.pack(">6xH16xHHII4xH32xHh", 1, 640, 480, 72 << 16, 72 << 16, 1, 24, -1))
    pictures = TrackRecipe(handler=b"vide", entry=entry, timescale=_PICTURES_PER_SECOND)
    count = round(hours * 3600 / seconds)
    size = round(_MEDIA_RATE * seconds)
    with path.open("wb") as file:
        file.write(initialisation(pictures, TrackRecipe(timescale=_RATE)))
        for number in range(count):
            file.write(_fragment(number, number * seconds, (number + 1) * seconds))
            file.write(struct.pack(">I4s", 8 + size, b"mdat"))
            file.seek(size, 1)
        file.truncate()
    return count


def _fragment(number: int, start: float, end: float) -> bytes:
    """Build `moof`: each picture has a duration, a size, flags and an offset, each frame of sound duration and size."""
    first, last = round(start * _PICTURES_PER_SECOND), round(end * _PICTURES_PER_SECOND)
    pictures = b"".join(struct.pack(">IIII", 1, 1000 + at % 7, 0x10000, at % 3) for at in range(first, last))
    frame, behind = round(start * _RATE / _FRAME), round(end * _RATE / _FRAME)
    # The last one lasts a little less, as where a writer rounds, so that the frames are not all alike.
    sound = b"".join(struct.pack(">II", _FRAME, 200 + at % 50) for at in range(frame, behind - 1))
    sound += struct.pack(">II", _FRAME - 1, 200)
    return box(
        b"moof",
        full_box(b"mfhd", struct.pack(">I", number + 1)),
        _track(1, first, last - first, 0xF01, pictures),
        _track(2, frame * _FRAME, behind - frame, 0x301, sound),
    )


def _track(track: int, begin: int, samples: int, flags: int, entries: bytes) -> bytes:
    return box(
        b"traf",
        full_box(b"tfhd", struct.pack(">I", track), flags=0x20000),
        full_box(b"tfdt", struct.pack(">Q", begin), version=1),
        full_box(b"trun", struct.pack(">Ii", samples, 0), entries, flags=flags),
    )


def _in_process(name: str, path: Path) -> tuple[float, float]:
    command = [sys.executable, "-m", "benchmarks.inspection", "--measure", name, str(path)]
    found = json.loads(subprocess.run(command, check=True, capture_output=True).stdout)
    return found["seconds"], found["megabytes"]


def _measure(name: str, path: str) -> int:
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    began = time.process_time()
    if name == "inspector":
        _inspect(Path(path))
    else:
        _open(path)
    seconds = time.process_time() - began
    memory = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) * 1024 / _MB
    _say(json.dumps({"seconds": seconds, "megabytes": memory}))
    return 0


def _inspect(path: Path) -> None:
    with path.open("rb") as file:
        traits = asyncio.run(Mp4Inspector().inspect(FileReader(file, path.stat().st_size, path)))
    (track,) = traits.audio_tracks
    if track.duration is None or track.problem is not None:
        raise SystemExit(f"Something is wrong: {track}")


def _open(path: str) -> None:
    with av.open(path, "r", format="mov", options={"ignore_editlist": "1"}) as container:
        if len(container.streams.audio) != 1:
            raise SystemExit("Something is wrong: libavformat finds other tracks.")


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
