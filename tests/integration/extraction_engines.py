"""Engines for tests, by the names under which a worker finds them, and extractors that use them."""

import errno
from collections.abc import Callable
from pathlib import Path
from typing import Any

from typing_extensions import override

from tracklift_adapters.extraction_process.extractor import ProcessAudioExtractor
from tracklift_adapters.lame.engine import LameAudioEngine
from tracklift_adapters.moviepy.engine import MoviePyAudioEngine
from tracklift_domain.conversion.errors import NotCoveredError
from tracklift_domain.conversion.ports import AudioEngine, AudioFile, SeekableReader
from tracklift_domain.conversion.video import ExtractionPlan


def name_of(engine: type[AudioEngine]) -> str:
    """Give the name by which a worker imports an engine."""
    return f"{engine.__module__}:{engine.__qualname__}"


def extractor_with(scratch: Path, *engines: type[AudioEngine], **options: Any) -> ProcessAudioExtractor:
    """Make an extractor that tries these engines."""
    return ProcessAudioExtractor(scratch, engines=[name_of(engine) for engine in engines], **options)


def with_lame(scratch: Path, **options: Any) -> ProcessAudioExtractor:
    """Make an extractor as the converter's: with the fast engine, and MoviePy for what it leaves."""
    return extractor_with(scratch, LameAudioEngine, MoviePyAudioEngine, **options)


def with_moviepy(scratch: Path, **options: Any) -> ProcessAudioExtractor:
    """Make an extractor with MoviePy."""
    return extractor_with(scratch, MoviePyAudioEngine, **options)


def with_script(scratch: Path, **options: Any) -> ProcessAudioExtractor:
    """Make an extractor with MoviePy and a program in ffmpeg's place, which lies beside the scratch folder."""
    return extractor_with(scratch, ScriptedMoviePy, **options)


EXTRACTORS = {"lame": with_lame, "moviepy": with_moviepy}
"""What makes an extractor that an application could have."""


class ScriptedMoviePy(MoviePyAudioEngine):
    """MoviePy with a program named `ffmpeg` beside the scratch folder, seen from the job's."""

    def __init__(self) -> None:
        super().__init__(Path.cwd().parents[1] / "ffmpeg")


class MoviePyWithoutFfmpeg(MoviePyAudioEngine):
    """MoviePy with an ffmpeg that is not there."""

    def __init__(self) -> None:
        super().__init__(Path("/nowhere/no-such-program"))


class Refusing(AudioEngine):
    """Covers nothing."""

    @override
    def extract(
        self, video: SeekableReader, plan: ExtractionPlan, folder: Path, reached: Callable[[float], None]
    ) -> AudioFile:
        raise NotCoveredError(f"{type(self).__name__} knows no {plan.track_traits.codec}")


class RefusingToo(Refusing):
    """Covers nothing either."""


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
        return AudioFile(path=path, size=1, duration=1.0, decoded=1.0, bitrate=1)


class OutOfSpace(AudioEngine):
    """Finds no room for the MP3."""

    @override
    def extract(
        self, video: SeekableReader, plan: ExtractionPlan, folder: Path, reached: Callable[[float], None]
    ) -> AudioFile:
        raise OSError(errno.ENOSPC, "No space left on device")


def _made(path: Path) -> AudioFile:
    return AudioFile(path=path, size=path.stat().st_size, duration=1.0, decoded=1.0, bitrate=1)
