"""Watching conversions, over as many streams as it takes."""

from collections.abc import Callable

from tracklift_client.answers import decoded
from tracklift_client.errors import ConnectionLostError, ProblemError
from tracklift_client.event_stream import EventReader, ServerEvent
from tracklift_client.models.conversions import Conversion, Deleted, Progress, Uploading
from tracklift_client.operations.conversions import page, show
from tracklift_client.patience import Attempts
from tracklift_client.routes import WATCH, WATCH_ALL
from tracklift_client.session import Session
from tracklift_client.small_requests import plain_request
from tracklift_client.steps import Close, Emit, Emitting, Read, Request, Wait

Update = Conversion | Progress | Uploading | Deleted
_KINDS: dict[str, type[Update]] = {
    "state": Conversion,
    "progress": Progress,
    "uploading": Uploading,
    "deleted": Deleted,
}
"""By the names of their events; others are for newer clients."""


def watch(session: Session, conversion_id: str) -> Emitting[Update, Conversion]:
    """Give what happens to a conversion until it has ended: a `Conversion` for each state, progress in between.

    Whenever the stream breaks off, the record is read anew: each stream begins with it.

    Raises:
        ProblemError: 404, also once the conversion is deleted.
    """
    attempts = session.patience.begin(telling=False)
    request = plain_request(WATCH, conversion_id=conversion_id)
    reader = EventReader()
    seen: list[Conversion | Deleted] = []

    def note(update: Conversion | Deleted) -> bool:
        seen[:] = [update]
        return isinstance(update, Conversion) and update.state.is_active

    while True:
        yield from _stream(session, request, reader, attempts, note)
        last = seen[0] if seen else None
        if isinstance(last, Conversion) and not last.state.is_active:
            return last
        if not isinstance(last, Deleted):
            yield Wait(session.patience.first_wait)  # A server may end each stream at once.
        current = yield from show(session, conversion_id)
        if not current.state.is_active:
            yield Emit(current)
            return current


def watch_all(session: Session) -> Emitting[Update, None]:
    """Give what happens to all conversions of the user from now on, deletions included, without an end.

    The stream tells nothing of what happened while it was away: unfinished conversions that were seen are read anew
    then, and so are the newest ones.
    """
    attempts = session.patience.begin(telling=False)
    reader = EventReader()
    known: dict[str, Conversion] = {}

    def note(update: Conversion | Deleted) -> bool:
        known.pop(update.id, None)
        if isinstance(update, Conversion) and update.state.is_active:
            known[update.id] = update
        return True

    while True:
        yield from _stream(session, plain_request(WATCH_ALL), reader, attempts, note)
        yield Wait(session.patience.first_wait)  # A server may end each stream at once.
        yield from _catch_up(session, known)


def _catch_up(session: Session, known: dict[str, Conversion]) -> Emitting[Update, None]:
    newest = yield from page(session, limit=100)
    current = {conversion.id: conversion for conversion in newest.items}
    for conversion_id in [each for each in known if each not in current]:
        try:
            current[conversion_id] = yield from show(session, conversion_id)
        except ProblemError as error:
            if error.status != 404:
                raise
            known.pop(conversion_id)  # It was deleted.
    for conversion in reversed(current.values()):
        before = known.get(conversion.id)
        if conversion.state.is_active:
            known[conversion.id] = conversion
        # What is unknown and has ended may have done so long before the watching began.
        if conversion.state.is_active if before is None else before.updated_at != conversion.updated_at:
            yield Emit(conversion)
        if not conversion.state.is_active:
            known.pop(conversion.id, None)


def _stream(
    session: Session,
    request: Request,
    reader: EventReader,
    attempts: Attempts,
    note: Callable[[Conversion | Deleted], bool],
) -> Emitting[Update, None]:
    """Give the events of one stream until it ends, breaks off, or `note` wants no more."""
    reader.begin_again()
    headers = {"Accept": "text/event-stream"}
    if reader.last_id:
        headers["Last-Event-ID"] = reader.last_id
    try:
        yield from session.opened(Request(method=request.method, path=request.path, headers=headers))
        while piece := (yield Read()):
            attempts.succeeded()
            for event in reader.events(piece):
                update = _update_of(event)
                if update is None:
                    continue
                goes_on = note(update) if isinstance(update, Conversion | Deleted) else True
                if goes_on or isinstance(update, Conversion):
                    yield Emit(update)
                if not goes_on:
                    yield Close()
                    return
    except (ConnectionLostError, ProblemError) as error:
        yield from attempts.failed(error)
    else:
        yield Close()


def _update_of(event: ServerEvent) -> Update | None:
    kind = _KINDS.get(event.name)
    return None if kind is None else decoded(event.data, kind)
