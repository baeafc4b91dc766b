"""Engines for tests, by the names under which a worker imports them. They import no large library."""

import ctypes
import errno
import json
import os
import resource
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from typing_extensions import override

from tracklift_domain.extraction.audio import AudioFile
from tracklift_domain.extraction.damage import Damage
from tracklift_domain.extraction.errors import NotCoveredError
from tracklift_domain.extraction.plan import ExtractionPlan
from tracklift_domain.extraction.ports import AudioEngine
from tracklift_domain.media.ports import SeekableReader

MEASURED = Damage(seconds=0.75, at=(0.25, 1.0), cut_off=0.5)


class Refusing(AudioEngine):
    """Covers nothing."""

    @override
    def extract(
        self, video: SeekableReader, plan: ExtractionPlan, folder: Path, reached: Callable[[float], None]
    ) -> AudioFile:
        raise NotCoveredError(f"{type(self).__name__} knows no {plan.track_traits.codec}")


class RefusingToo(Refusing):
    """Covers nothing either."""


class Measuring(AudioEngine):
    """Finds out what audio is missing, and covers nothing."""

    @override
    def extract(
        self, video: SeekableReader, plan: ExtractionPlan, folder: Path, reached: Callable[[float], None]
    ) -> AudioFile:
        raise NotCoveredError("the peaks are too high", damage=MEASURED)


class Copying(AudioEngine):
    """Copies the video's bytes to a file, in chunks of this size."""

    chunk = 10_000

    @override
    def extract(
        self, video: SeekableReader, plan: ExtractionPlan, folder: Path, reached: Callable[[float], None]
    ) -> AudioFile:
        video.seek(0)
        path = folder / "copy.mp3"
        with path.open("wb") as file:
            while chunk := video.read(self.chunk):
                file.write(chunk)
                reached(video.tell() / video.size)
        return _made(path)


class CopyingBackwards(Copying):
    """Reads the last chunk first, as a reader that looks for an index at the end does."""

    @override
    def extract(
        self, video: SeekableReader, plan: ExtractionPlan, folder: Path, reached: Callable[[float], None]
    ) -> AudioFile:
        chunks = []
        for start in reversed(range(0, video.size, self.chunk)):
            video.seek(start)
            chunks.append(video.read(self.chunk))
        path = folder / "copy.mp3"
        path.write_bytes(b"".join(reversed(chunks)))
        return _made(path)


class CopyingUpToACut(Copying):
    """Reports that the end is missing, and no other damage."""

    @override
    def extract(
        self, video: SeekableReader, plan: ExtractionPlan, folder: Path, reached: Callable[[float], None]
    ) -> AudioFile:
        made = super().extract(video, plan, folder, reached)
        return replace(made, damage=Damage(seconds=0.5, at=(1.0,), cut_off=0.5))


class Swallowing(AudioEngine):
    """Ignores errors of reading, as if what it could read were the whole video."""

    @override
    def extract(
        self, video: SeekableReader, plan: ExtractionPlan, folder: Path, reached: Callable[[float], None]
    ) -> AudioFile:
        path = folder / "part.mp3"
        try:
            path.write_bytes(video.read())
        except Exception:  # noqa: BLE001 - this engine ignores any error
            path.write_bytes(b"part")
        return _made(path)


class Babbling(AudioEngine):
    """Sends the application an invalid request."""

    noise = b"\xff" * 12

    @override
    def extract(
        self, video: SeekableReader, plan: ExtractionPlan, folder: Path, reached: Callable[[float], None]
    ) -> AudioFile:
        connection = video._connection  # type: ignore[attr-defined]
        connection.sendall(self.noise)
        connection.recv(1)
        raise AssertionError("It was answered.")


class BabblingWithoutEnd(Babbling):
    """Sends invalid requests until the application disconnects."""

    noise = b"\xff" * 12 * 1_000_000


class Pointing(AudioEngine):
    """Makes a symbolic link out of the job's folder in place of the MP3."""

    @override
    def extract(
        self, video: SeekableReader, plan: ExtractionPlan, folder: Path, reached: Callable[[float], None]
    ) -> AudioFile:
        path = folder / "audio.mp3"
        path.symlink_to("/etc/passwd")
        return AudioFile(path=path, size=1, duration=1.0, decoded=1.0, bitrate=1, track=0, damage=None)


class OutOfSpace(AudioEngine):
    """Finds the disk full."""

    @override
    def extract(
        self, video: SeekableReader, plan: ExtractionPlan, folder: Path, reached: Callable[[float], None]
    ) -> AudioFile:
        raise OSError(errno.ENOSPC, "No space left on device")


class Telling(AudioEngine):
    """Reports its process, environment and limits."""

    @override
    def extract(
        self, video: SeekableReader, plan: ExtractionPlan, folder: Path, reached: Callable[[float], None]
    ) -> AudioFile:
        path = folder / "place.mp3"
        kinds = ("RLIMIT_AS", "RLIMIT_CPU", "RLIMIT_FSIZE", "RLIMIT_NOFILE", "RLIMIT_CORE")
        place = {
            "process": os.getpid(),
            "parent": os.getppid(),
            "group": os.getpgid(0),
            "session": os.getsid(0),
            "command": Path("/proc/self/cmdline").read_text(),
            "threads": len(list(Path("/proc/self/task").iterdir())),
            "cached thread id": _cached_thread_id(),
            "files": len(list(Path("/proc/self/fd").iterdir())),
            "folder": str(Path.cwd()),
            "environment": dict(os.environ),
            "limits": {kind: resource.getrlimit(getattr(resource, kind)) for kind in kinds},
            "modules": list(sys.modules),
        }
        path.write_text(json.dumps(place))
        return _made(path)


class Ending(AudioEngine):
    """Ends its process without a message, as the kernel does when memory runs out."""

    @override
    def extract(
        self, video: SeekableReader, plan: ExtractionPlan, folder: Path, reached: Callable[[float], None]
    ) -> AudioFile:
        os._exit(7)


def _cached_thread_id() -> int:
    """Give the id of this thread that the C library has cached, found by prctl's PR_GET_TID_ADDRESS."""
    address = ctypes.c_void_p()
    ctypes.CDLL(None).prctl(40, ctypes.byref(address))
    assert address.value
    return ctypes.c_int.from_address(address.value).value


def _made(path: Path) -> AudioFile:
    return AudioFile(
        path=path, size=path.stat().st_size, duration=1.0, decoded=1.0, bitrate=1, track=0, damage=None
    )
