"""Writes MP3s so that an incomplete one is never visible."""

import asyncio
import os
import sys
import tempfile
from collections.abc import AsyncIterator
from pathlib import Path


async def write_whole(chunks: AsyncIterator[bytes], target: Path, *, overwrite: bool) -> None:
    """Write a file under a temporary name and then rename it. Its folder is created if it does not exist.

    Raises:
        FileExistsError: the target has appeared in the meantime.
        OSError: it can't be written.
    """
    await asyncio.to_thread(target.parent.mkdir, parents=True, exist_ok=True)
    part = _PartOf(target)
    try:
        async for chunk in chunks:
            await asyncio.to_thread(part.write, chunk)
        await asyncio.to_thread(part.publish, overwrite=overwrite)
    finally:
        part.close()


async def write_to_standard_output(chunks: AsyncIterator[bytes]) -> None:
    """Write an MP3 to the process that reads it from standard output. Raises `OSError`."""
    async for chunk in chunks:
        await asyncio.to_thread(sys.stdout.buffer.write, chunk)
    await asyncio.to_thread(sys.stdout.buffer.flush)


class _PartOf:
    """An unfinished file next to its target; `close` deletes it unless it was published."""

    def __init__(self, target: Path) -> None:
        self._target = target
        descriptor, name = tempfile.mkstemp(prefix=f".{target.name[:80]}.", suffix=".part", dir=target.parent)
        self._path = Path(name)
        self._file = os.fdopen(descriptor, "wb")

    def write(self, chunk: bytes) -> None:
        self._file.write(chunk)

    def publish(self, *, overwrite: bool) -> None:
        self._file.close()
        # A temporary file is created private; an MP3 in a user's folder is made as readable as any new file.
        self._path.chmod(0o666 & ~_umask())
        if not overwrite and self._target.exists():
            raise FileExistsError(f"{self._target} exists already.")
        self._path.replace(self._target)

    def close(self) -> None:
        self._file.close()
        self._path.unlink(missing_ok=True)


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
