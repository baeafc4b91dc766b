"""Bringing a video into an ordinary file, for a program that can't read from the storage itself."""

import asyncio
import threading
from pathlib import Path

from tracklift_domain.conversion.ports import SeekableReader
from tracklift_domain.errors import ServiceUnavailableError
from tracklift_domain.finishing import finish

_CHUNK = 2**20
_NAME = "video.mp4"


async def as_file(video: SeekableReader, folder: Path) -> Path:
    """Give the file that holds the video: the one where it lies already, or else a copy in `folder`.

    A cancellation ends the copying with the next piece.

    Raises:
        OSError: the copy can't be written.
        ServiceUnavailableError: the storage can't be reached, or holds fewer bytes than it announced.
    """
    if video.path is not None:
        return video.path.absolute()
    stopped = threading.Event()
    copying = asyncio.ensure_future(asyncio.to_thread(_copy, video, folder / _NAME, stopped))
    try:
        await asyncio.shield(copying)
    except asyncio.CancelledError:
        stopped.set()
        await finish(asyncio.wait({copying}))
        raise
    return folder / _NAME


def _copy(video: SeekableReader, target: Path, stopped: threading.Event) -> None:
    video.seek(0)
    copied = 0
    with target.open("wb") as file:
        while not stopped.is_set() and (chunk := video.read(_CHUNK)):
            copied += file.write(chunk)
    if copied < video.size and not stopped.is_set():
        raise ServiceUnavailableError("media store", f"it gave {copied} of {video.size} bytes")
