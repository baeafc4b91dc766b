"""Uploading in parts that go on where they broke off (tus 1.0)."""

import base64
import hashlib
import uuid
from collections.abc import Callable, Mapping
from pathlib import Path

from tracklift_client.errors import (
    ConnectionLostError,
    DamagedUploadError,
    ProblemError,
    UnexpectedAnswerError,
)
from tracklift_client.models.options import Options
from tracklift_client.operations.conversions import delete, show
from tracklift_client.operations.submitting import told
from tracklift_client.outgoing import Outgoing
from tracklift_client.patience import patiently
from tracklift_client.progress import Transferred, untold
from tracklift_client.routes import (
    APPEND_UPLOAD,
    CREATE_UPLOAD,
    DELETE_UPLOAD,
    DESCRIBE_UPLOADS,
    SHOW_UPLOAD,
    Route,
)
from tracklift_client.session import Session
from tracklift_client.steps import Body, Head, Request, Steps, read_whole, work

LARGEST_PART = 64 * 2**20
"""Bytes of one request: some proxies take no more than 100 MB."""
_NO_OPTIONS = Options()
_VERSION = {"Tus-Resumable": "1.0.0"}
_GONE = {404, 410}
_BEHIND = {409}
"""Answers that mean: the server has another number of bytes than this client thought."""


def upload(
    session: Session,
    path: Path,
    options: Options = _NO_OPTIONS,
    *,
    whole: bool = False,
    name: str | None = None,
    resume: str | None = None,
    begun: Callable[[str], None] = lambda _: None,
    progress: Transferred = untold,
) -> Steps[str]:
    """Send a video, its sound only if that is possible and `whole` does not forbid it, and give the conversion's id.

    A cut line goes on where it was. A later call does so too if `resume` is the id that `begun` was called with, for
    the same file, options and `whole`. An upload that is not there any more, or is of other bytes, is begun anew.

    Raises:
        OSError, FileChangedError: the file can't be read, or changes meanwhile.
        DamagedUploadError: the server has got other bytes; the conversion was deleted.
    """
    outgoing = yield from work(lambda: Outgoing(path, whole=whole, name=name))
    try:
        upload_id, offset = yield from _found(session, resume, outgoing.size)
        if upload_id is None:
            upload_id = yield from _created(session, outgoing, options)
            made = upload_id
            yield from work(lambda: begun(made))
        yield from _sent(session, upload_id, outgoing, offset, progress)
        yield from _verified(session, upload_id, outgoing)
    finally:
        outgoing.close()
    return upload_id


def delete_upload(session: Session, upload_id: str) -> Steps[None]:
    """Give an unfinished upload up, and its conversion."""
    yield from session.opened(_request(DELETE_UPLOAD, upload_id=upload_id))
    yield from read_whole(0)


def largest_upload(session: Session) -> Steps[int]:
    """Tell how many bytes an upload of the user may have, or any upload where no user is logged in."""
    request = _request(DESCRIBE_UPLOADS)
    head = yield from patiently(session.patience, lambda: session.opened_by_anybody(request))
    yield from read_whole(0)
    return _number(head, "tus-max-size")


def _found(session: Session, upload_id: str | None, size: int) -> Steps[tuple[str | None, int]]:
    """Give an upload that can be gone on with and its offset, or none."""
    if upload_id is None:
        return None, 0
    try:
        head = yield from patiently(
            session.patience, lambda: session.opened(_request(SHOW_UPLOAD, upload_id=upload_id))
        )
    except ProblemError as error:
        if error.status in _GONE:
            return None, 0
        raise
    yield from read_whole(0)
    if _number(head, "upload-length") != size:
        return None, 0
    return upload_id, _number(head, "upload-offset")


def _created(session: Session, outgoing: Outgoing, options: Options) -> Steps[str]:
    metadata = {"filename": outgoing.name, "sent": outgoing.kind, **options.fields()}
    headers = {
        "Upload-Length": str(outgoing.size),
        "Upload-Metadata": _encoded(metadata),
        # So that an answer that is lost on its way makes no second upload.
        "Idempotency-Key": uuid.uuid4().hex,
    }
    request = _request(CREATE_UPLOAD, headers)
    head = yield from patiently(session.patience, lambda: session.opened(request))
    yield from read_whole(0)
    upload_id = head.headers.get("location", "").rpartition("/")[2]
    if not upload_id:
        raise UnexpectedAnswerError("The server does not say where the upload is.")
    return upload_id


def _sent(
    session: Session, upload_id: str, outgoing: Outgoing, offset: int, progress: Transferred
) -> Steps[None]:
    attempts = session.patience.begin()
    progress(offset, outgoing.size)
    while offset < outgoing.size:
        try:
            before = offset
            offset = yield from _appended(session, upload_id, outgoing, offset, progress)
            if offset <= before:
                raise UnexpectedAnswerError("The server takes no bytes.")
            attempts.succeeded()
        except (ConnectionLostError, ProblemError) as error:
            if not (isinstance(error, ProblemError) and error.status in _BEHIND):
                yield from attempts.failed(error)
            known = yield from _offset(session, upload_id)
            if known > offset:
                attempts.succeeded()
            elif isinstance(error, ProblemError) and error.status in _BEHIND:
                # It is where we thought: another program writes, or the server contradicts itself.
                yield from attempts.failed(ProblemError(423, error.code, error.detail))
            offset = known


def _appended(
    session: Session, upload_id: str, outgoing: Outgoing, offset: int, progress: Transferred
) -> Steps[int]:
    end = min(offset + LARGEST_PART, outgoing.size)
    body = told(outgoing.body(offset, end), progress, before=offset, size=outgoing.size)
    headers = {"Upload-Offset": str(offset), "Content-Type": "application/offset+octet-stream"}
    head = yield from session.opened(_request(APPEND_UPLOAD, headers, content=body, upload_id=upload_id))
    yield from read_whole(0)
    return _number(head, "upload-offset")


def _offset(session: Session, upload_id: str) -> Steps[int]:
    request = _request(SHOW_UPLOAD, upload_id=upload_id)
    head = yield from patiently(session.patience, lambda: session.opened(request))
    yield from read_whole(0)
    return _number(head, "upload-offset")


def _verified(session: Session, upload_id: str, outgoing: Outgoing) -> Steps[None]:
    conversion = yield from show(session, upload_id)
    if conversion.source.sha256 is None:
        return
    if conversion.source.sha256 != (yield from work(lambda: _sha256(outgoing))):
        yield from delete(session, upload_id)
        raise DamagedUploadError(f"{outgoing.name}: what the server has got is not what was sent.")


def _sha256(outgoing: Outgoing) -> str:
    found = hashlib.sha256()
    for piece in outgoing.pieces():
        found.update(piece)
    return found.hexdigest()


def _request(
    route: Route, headers: Mapping[str, str] | None = None, content: bytes | Body = b"", **parameters: str
) -> Request:
    return Request(
        method=route.method,
        path=route.path(**parameters),
        headers={**_VERSION, **(headers or {})},
        content=content,
    )


def _number(head: Head, name: str) -> int:
    text = head.headers.get(name, "")
    if not (text.isascii() and text.isdigit() and len(text) < 20):
        raise UnexpectedAnswerError(f"The server does not say {name}.")
    return int(text)


def _encoded(metadata: Mapping[str, str]) -> str:
    return ",".join(f"{name} {base64.b64encode(text.encode()).decode()}" for name, text in metadata.items())
