"""Bringing a video into an ordinary file, for a program that can't read from the storage itself."""

import resource
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from tracklift_domain.errors import ServiceUnavailableError
from tracklift_domain.media.ports import SeekableReader

_CHUNK = 2**20
_NAME = "video.mp4"


def as_file(
    video: SeekableReader, readable: int | None, folder: Path, copied: Callable[[float], None]
) -> Path:
    """Give the file that holds the video: the one where it lies already, or else a copy in `folder`.

    Args:
        video: The video.
        readable: How many of its bytes count; `None`: all.
        folder: Where the copy goes.
        copied: Told the fraction that is copied.

    Raises:
        OSError: the copy can't be written.
        ServiceUnavailableError: the storage can't be reached, or holds fewer bytes than it announced.
    """
    if video.path is not None and readable is None:
        return video.path.absolute()
    size = video.size if readable is None else min(readable, video.size)
    video.seek(0)
    count = 0
    with _large_files(), (folder / _NAME).open("wb") as file:
        while chunk := video.read(min(_CHUNK, size - count)):
            count += file.write(chunk)
            copied(count / size)
    if count < size:
        raise ServiceUnavailableError("media store", f"it gave {count} of {size} bytes")
    return folder / _NAME


@contextmanager
def _large_files() -> Iterator[None]:
    """Let this process write files as large as it may at all, which MP3s, and what ffmpeg writes, never are."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (hard, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
