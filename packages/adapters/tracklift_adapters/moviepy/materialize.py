"""Copying a video into a file, for a program that can't read from the storage itself."""

import resource
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from tracklift_domain.errors import ServiceUnavailableError
from tracklift_domain.media.ports import SeekableReader

_CHUNK = 2**20
_NAME = "video.mp4"


def materialize(
    video: SeekableReader, readable: int | None, folder: Path, copied: Callable[[float], None]
) -> Path:
    """Return a file that holds the video: the one that it is in, or else a copy in `folder`.

    Args:
        video: The video.
        readable: How many of its bytes count; `None`: all.
        folder: Where a copy is written.
        copied: Called with the fraction that has been copied.

    Raises:
        OSError: the copy can't be written.
        ServiceUnavailableError: the storage can't be reached, or holds fewer bytes than it declared.
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
        raise ServiceUnavailableError("media store", f"it returned {count} of {size} bytes")
    return folder / _NAME


@contextmanager
def _large_files() -> Iterator[None]:
    """Raise the soft limit of this process's file size to the hard one, for the copy only."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (hard, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
