"""Engines that do as a test wants, by the names under which a worker finds them. They import nothing heavy."""

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
    """Finds out what is missing of the sound, and covers nothing."""

    @override
    def extract(
        self, video: SeekableReader, plan: ExtractionPlan, folder: Path, reached: Callable[[float], None]
    ) -> AudioFile:
        raise NotCoveredError("the peaks are too high", damage=MEASURED)


class Copying(AudioEngine):
    """Makes a file of the video's bytes, read in pieces of this size."""

    piece = 10_000

    @override
    def extract(
        self, video: SeekableReader, plan: ExtractionPlan, folder: Path, reached: Callable[[float], None]
    ) -> AudioFile:
        video.seek(0)
        path = folder / "copy.mp3"
        with path.open("wb") as file:
            while piece := video.read(self.piece):
                file.write(piece)
                reached(video.tell() / video.size)
        return _made(path)


class CopyingBackwards(Copying):
    """Reads the last piece first, as who looks for an index does."""

    @override
    def extract(
        self, video: SeekableReader, plan: ExtractionPlan, folder: Path, reached: Callable[[float], None]
    ) -> AudioFile:
        pieces = []
        for start in reversed(range(0, video.size, self.piece)):
            video.seek(start)
            pieces.append(video.read(self.piece))
        path = folder / "copy.mp3"
        path.write_bytes(b"".join(reversed(pieces)))
        return _made(path)


class CopyingUpToACut(Copying):
    """Knows that the end is missing, and nothing of silence."""

    @override
    def extract(
        self, video: SeekableReader, plan: ExtractionPlan, folder: Path, reached: Callable[[float], None]
    ) -> AudioFile:
        made = super().extract(video, plan, folder, reached)
        return replace(made, damage=Damage(seconds=0.5, at=(1.0,), cut_off=0.5))


class Swallowing(AudioEngine):
    """Takes what it could read for the whole, whatever kept it from the rest."""

    @override
    def extract(
        self, video: SeekableReader, plan: ExtractionPlan, folder: Path, reached: Callable[[float], None]
    ) -> AudioFile:
        path = folder / "part.mp3"
        try:
            path.write_bytes(video.read())
        except Exception:  # noqa: BLE001 - that is what it is for
            path.write_bytes(b"part")
        return _made(path)


class Babbling(AudioEngine):
    """Sends to the application what is no request."""

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
    """Goes on as long as somebody listens."""

    noise = b"\xff" * 12 * 1_000_000


class Pointing(AudioEngine):
    """Says that the MP3 is a link, which leads out of the job's folder."""

    @override
    def extract(
        self, video: SeekableReader, plan: ExtractionPlan, folder: Path, reached: Callable[[float], None]
    ) -> AudioFile:
        path = folder / "audio.mp3"
        path.symlink_to("/etc/passwd")
        return AudioFile(path=path, size=1, duration=1.0, decoded=1.0, bitrate=1, track=0, damage=None)


class OutOfSpace(AudioEngine):
    """Finds no room for the MP3."""

    @override
    def extract(
        self, video: SeekableReader, plan: ExtractionPlan, folder: Path, reached: Callable[[float], None]
    ) -> AudioFile:
        raise OSError(errno.ENOSPC, "No space left on device")


class Telling(AudioEngine):
    """Writes where it is and what it may do."""

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
            "kept thread number": _kept_thread_number(),
            "files": len(list(Path("/proc/self/fd").iterdir())),
            "folder": str(Path.cwd()),
            "environment": dict(os.environ),
            "limits": {kind: resource.getrlimit(getattr(resource, kind)) for kind in kinds},
            "modules": list(sys.modules),
        }
        path.write_text(json.dumps(place))
        return _made(path)


class Ending(AudioEngine):
    """Ends its process without a word, as the kernel does where memory is short."""

    @override
    def extract(
        self, video: SeekableReader, plan: ExtractionPlan, folder: Path, reached: Callable[[float], None]
    ) -> AudioFile:
        os._exit(7)


def _kept_thread_number() -> int:
    """Give the number of this thread as the C library keeps it, found by prctl's PR_GET_TID_ADDRESS."""
    address = ctypes.c_void_p()
    ctypes.CDLL(None).prctl(40, ctypes.byref(address))
    assert address.value
    return ctypes.c_int.from_address(address.value).value


def _made(path: Path) -> AudioFile:
    return AudioFile(
        path=path, size=path.stat().st_size, duration=1.0, decoded=1.0, bitrate=1, track=0, damage=None
    )
