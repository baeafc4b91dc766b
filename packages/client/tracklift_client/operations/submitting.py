"""Uploading in one request."""

import uuid
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from tracklift_client.models.conversions import Conversion
from tracklift_client.models.options import Options
from tracklift_client.outgoing import Outgoing
from tracklift_client.patience import patiently
from tracklift_client.progress import Transferred, untold
from tracklift_client.routes import SUBMIT
from tracklift_client.session import Session
from tracklift_client.steps import Body, Request, Steps, work

_NO_OPTIONS = Options()


def submit(
    session: Session,
    path: Path,
    options: Options = _NO_OPTIONS,
    *,
    whole: bool = False,
    name: str | None = None,
    idempotency_key: str | None = None,
    progress: Transferred = untold,
) -> Steps[Conversion]:
    """Send a video in one request: its sound only if that is possible and `whole` does not forbid it.

    A cut line sends it again from the begin, so large files are better sent with `upload`. The same `idempotency_key`
    twice is the same upload; without one each call has its own.

    Raises:
        OSError, FileChangedError: the file can't be read, or changes meanwhile.
    """
    outgoing = yield from work(lambda: Outgoing(path, whole=whole, name=name))
    try:
        request = Request(
            method=SUBMIT.method,
            path=SUBMIT.path(),
            query=(("name", outgoing.name), *options.fields().items()),
            headers={"Content-Type": "video/mp4", "Idempotency-Key": idempotency_key or uuid.uuid4().hex},
            content=told(outgoing.body(), progress),
        )
        return (yield from patiently(session.patience, lambda: session.called(request, Conversion)))
    finally:
        outgoing.close()


def told(body: Body, progress: Transferred, *, before: int = 0, size: int | None = None) -> Body:
    """Tell how far the sending of a body is, `before` bytes of `size` having been sent already."""
    whole = body.size if size is None else size

    def pieces() -> Iterator[bytes]:
        through = before
        for piece in body.read():
            yield piece
            through += len(piece)
            progress(through, whole)

    return replace(body, read=pieces)
