"""Downloading MP3s."""

import hashlib
from collections.abc import Callable, Generator
from pathlib import Path
from typing import Any, TypeVar

from tracklift_client.errors import ConnectionLostError, DamagedDownloadError, ProblemError
from tracklift_client.models.conversions import Audio
from tracklift_client.operations.conversions import show
from tracklift_client.part_file import PartFile, safe_name
from tracklift_client.progress import Transferred, untold
from tracklift_client.routes import DESCRIBE_AUDIO, DOWNLOAD
from tracklift_client.session import Session
from tracklift_client.small_requests import plain_request
from tracklift_client.steps import Emit, Emitting, Read, Request, Step, Steps, read_whole, work

Y = TypeVar("Y")


def download(
    session: Session,
    conversion_id: str,
    target: Path,
    *,
    overwrite: bool = False,
    progress: Transferred = untold,
) -> Steps[Path]:
    """Download an MP3 to a file, or under its own name into a folder that is there, and give the file's path.

    What a download that broke off has left beside the target is gone on with. The target appears once it is complete
    and its SHA-256 is the one that the server names.

    Raises:
        FileExistsError: the target is there, and `overwrite` is not set.
        OSError: the file can't be written.
        DamagedDownloadError: the SHA-256 is another one, twice.
        ProblemError: there is no MP3 (yet), or not any more.
    """
    audio = yield from _audio(session, conversion_id)
    file = target / safe_name(audio.name) if (yield from work(target.is_dir)) else target
    part = yield from work(lambda: PartFile(file, conversion_id, overwrite=overwrite))
    try:
        resumed = part.size > 0
        yield from _fetch(session, conversion_id, audio, part.size, _telling(part, audio, progress))
        if part.sha256 != audio.sha256 and resumed:
            # What was there was none of it: once more from the begin.
            yield from work(part.empty)
            yield from _fetch(session, conversion_id, audio, 0, _telling(part, audio, progress))
        if part.sha256 != audio.sha256:
            yield from work(part.discard)
            raise _damaged(audio)
        yield from work(part.publish)
    finally:
        part.close()
    return file


def audio_pieces(
    session: Session, conversion_id: str, *, progress: Transferred = untold
) -> Emitting[bytes, None]:
    """Give the bytes of an MP3 piece by piece; what was given can't be taken back if the SHA-256 is wrong in the end.

    Raises:
        DamagedDownloadError: at the end, the SHA-256 is another one.
        ProblemError: there is no MP3 (yet), or not any more.
    """
    audio = yield from _audio(session, conversion_id)
    found = hashlib.sha256()
    through = 0

    def take(piece: bytes) -> Emitting[bytes, None]:
        nonlocal through
        found.update(piece)
        through += len(piece)
        yield Emit(piece)
        progress(through, audio.size)

    yield from _fetch(session, conversion_id, audio, 0, take)
    if found.hexdigest() != audio.sha256:
        raise _damaged(audio)


def audio_size(session: Session, conversion_id: str) -> Steps[int]:
    """Tell how many bytes a download has, as the server's file store finds it now."""
    head = yield from session.opened(plain_request(DESCRIBE_AUDIO, conversion_id=conversion_id))
    return int(head.headers.get("content-length", "0"))


def _audio(session: Session, conversion_id: str) -> Steps[Audio]:
    conversion = yield from show(session, conversion_id)
    if conversion.audio is None:
        # The answer says why there is none.
        yield from session.opened(plain_request(DOWNLOAD, conversion_id=conversion_id))
        yield from read_whole(0)
        conversion = yield from show(session, conversion_id)
    if conversion.audio is None:
        raise ProblemError(409, "audio_not_ready", "The conversion has no MP3.")
    return conversion.audio


def _telling(part: PartFile, audio: Audio, progress: Transferred) -> Callable[[bytes], Steps[None]]:
    def take(piece: bytes) -> Steps[None]:
        yield from work(lambda: part.write(piece))
        progress(part.size, audio.size)

    return take


def _fetch(
    session: Session,
    conversion_id: str,
    audio: Audio,
    start: int,
    take: Callable[[bytes], Generator[Y, Any, None]],
) -> Generator[Step | Y, Any, None]:
    """Hand over all bytes from `start` on, over as many connections as it takes."""
    attempts = session.patience.begin()
    position = start
    while position < audio.size:
        try:
            head = yield from session.opened(_from(position, conversion_id, audio))
            skipped = 0 if head.status == 206 else position
            while piece := (yield Read()):
                wanted = piece[skipped : skipped + audio.size - position]
                skipped -= min(skipped, len(piece))
                if wanted:
                    attempts.succeeded()
                    position += len(wanted)
                    yield from take(wanted)
            if position < audio.size:
                raise ConnectionLostError("The server ended the download too soon.")
        except (ConnectionLostError, ProblemError) as error:
            yield from attempts.failed(error)


def _from(position: int, conversion_id: str, audio: Audio) -> Request:
    headers = {"Range": f"bytes={position}-", "If-Range": f'"{audio.sha256}"'} if position else {}
    path = DOWNLOAD.path(conversion_id=conversion_id)
    return Request(method=DOWNLOAD.method, path=path, headers=headers)


def _damaged(audio: Audio) -> DamagedDownloadError:
    return DamagedDownloadError(
        f"{audio.name}: what came is not what the server has: its SHA-256 is another."
    )
