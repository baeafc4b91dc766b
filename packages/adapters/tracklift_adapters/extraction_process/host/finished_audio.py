"""Handing over the MP3 in a job's folder."""

import asyncio
import os
from collections.abc import AsyncIterator
from functools import partial
from pathlib import Path

from tracklift_adapters.extraction_process.protocol.messages import Finished
from tracklift_domain.extraction.audio import ExtractedAudio
from tracklift_domain.extraction.failures import internal_error

_CHUNK = 2**20


def finished_audio(folder: Path, finished: Finished) -> ExtractedAudio:
    """Return the MP3 that a worker has made.

    The worker has decoded an untrusted file, so the file name that it reports is not trusted either.

    Raises:
        ExtractionError: `internal_error`, if the name is not that of an ordinary file in the folder.
    """
    path = folder / finished.name
    if path.parent != folder or not path.is_file() or path.is_symlink():
        raise internal_error()
    return ExtractedAudio(
        size=finished.size,
        duration=finished.duration,
        decoded=finished.decoded,
        bitrate=finished.bitrate,
        track=finished.track,
        damage=finished.damage,
        peaks=finished.peaks,
        chunks=partial(_chunks, path),
    )


async def _chunks(path: Path) -> AsyncIterator[bytes]:
    position = 0
    while chunk := await asyncio.to_thread(_read_at, path, position):
        position += len(chunk)
        yield chunk


def _read_at(path: Path, position: int) -> bytes:
    # The file is opened for each chunk, so that none stays open if the reader stops early.
    descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
    with os.fdopen(descriptor, "rb") as file:
        file.seek(position)
        return file.read(_CHUNK)
