"""Conversions: list, show, cancel, retry, convert again, delete."""

import uuid
from dataclasses import replace

import msgspec

from tracklift_client.answers import MOST_BYTES
from tracklift_client.models.conversions import Conversion, ConversionPage, State
from tracklift_client.models.options import Options
from tracklift_client.patience import patiently
from tracklift_client.routes import AGAIN, CANCEL, DELETE, LIST, PEAKS, RENAME, RETRY, SHOW
from tracklift_client.session import Session
from tracklift_client.small_requests import json_request, plain_request
from tracklift_client.steps import Emit, Emitting, Request, Steps, read_whole

_NO_OPTIONS = Options()


def show(session: Session, conversion_id: str) -> Steps[Conversion]:
    """Show a conversion."""
    request = plain_request(SHOW, conversion_id=conversion_id)
    return (yield from patiently(session.patience, lambda: session.called(request, Conversion)))


def page(
    session: Session, *, state: State | None = None, limit: int = 20, cursor: str | None = None
) -> Steps[ConversionPage]:
    """Give a page of conversions, newest first; `next_cursor` of the page before goes on with the next."""
    wanted = {"state": state, "limit": str(limit), "cursor": cursor}
    query = tuple((name, str(value)) for name, value in wanted.items() if value is not None)
    request = plain_request(LIST, query)
    return (yield from patiently(session.patience, lambda: session.called(request, ConversionPage)))


def each(session: Session, *, state: State | None = None) -> Emitting[Conversion, None]:
    """Give all conversions one by one, newest first, page after page."""
    cursor = None
    while True:
        found = yield from page(session, state=state, limit=100, cursor=cursor)
        for conversion in found.items:
            yield Emit(conversion)
        cursor = found.next_cursor
        if cursor is None:
            return


def peaks(session: Session, conversion_id: str) -> Steps[bytes]:
    """Tell how loud an MP3 is along its time: a byte for each part, from 0 for silence to 255 for full scale.

    Raises:
        ProblemError: `peaks_not_found` where none are kept; else there is no MP3 (yet), or not any more.
    """
    request = plain_request(PEAKS, conversion_id=conversion_id)
    return (yield from patiently(session.patience, lambda: _peaks(session, request)))


def _peaks(session: Session, request: Request) -> Steps[bytes]:
    yield from session.opened(request)
    return (yield from read_whole(MOST_BYTES))


def rename(session: Session, conversion_id: str, name: str) -> Steps[Conversion]:
    """Give a conversion another name; the endings of the video and of the MP3 stay.

    Raises:
        ProblemError: `invalid_name`, or `invalid_state` while the video is still coming in.
    """
    request = json_request(RENAME, {"name": name}, conversion_id=conversion_id)
    return (yield from session.called(request, Conversion))


def cancel(session: Session, conversion_id: str) -> Steps[Conversion]:
    """Stop a conversion that has not ended."""
    return (yield from session.called(plain_request(CANCEL, conversion_id=conversion_id), Conversion))


def retry(session: Session, conversion_id: str) -> Steps[Conversion]:
    """Queue a conversion again that failed for a passing reason."""
    return (yield from session.called(plain_request(RETRY, conversion_id=conversion_id), Conversion))


def again(
    session: Session,
    conversion_id: str,
    options: Options = _NO_OPTIONS,
    *,
    idempotency_key: str | None = None,
) -> Steps[Conversion]:
    """Make a new conversion of a conversion's video, with these options and no others, without an upload.

    That is possible until `source.kept_until`. The same `idempotency_key` twice is the same conversion; without one
    each call has its own.
    """
    request = json_request(AGAIN, msgspec.to_builtins(options), conversion_id=conversion_id)
    key = {"Idempotency-Key": idempotency_key or uuid.uuid4().hex}
    keyed = replace(request, headers={**request.headers, **key})
    return (yield from patiently(session.patience, lambda: session.called(keyed, Conversion)))


def delete(session: Session, conversion_id: str) -> Steps[None]:
    """Delete a conversion with its video and its MP3."""
    yield from session.done(plain_request(DELETE, conversion_id=conversion_id))
