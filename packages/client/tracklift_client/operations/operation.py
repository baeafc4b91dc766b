"""What operators do."""

from tracklift_client.models.conversions import State
from tracklift_client.models.operation import (
    ConversionSummary,
    ConversionSummaryPage,
    DeadLetter,
    DeadLetterList,
    StateCounts,
)
from tracklift_client.patience import patiently
from tracklift_client.routes import (
    COUNT_CONVERSIONS,
    LIST_ALL_CONVERSIONS,
    LIST_DEAD_LETTERS,
    REDRIVE_DEAD_LETTER,
)
from tracklift_client.session import Session
from tracklift_client.small_requests import plain_request
from tracklift_client.steps import Emit, Emitting, Request, Steps


def all_conversions(session: Session, *, state: State | None = None) -> Emitting[ConversionSummary, None]:
    """Give the conversions of all users one by one, newest first, or those in a state."""
    cursor: str | None = None
    while True:
        query = (("limit", "100"), ("state", state or ""), ("cursor", cursor or ""))
        request = plain_request(LIST_ALL_CONVERSIONS, tuple(pair for pair in query if pair[1]))
        found = yield from _page(session, request)
        for conversion in found.items:
            yield Emit(conversion)
        cursor = found.next_cursor
        if cursor is None:
            return


def count_conversions(session: Session) -> Steps[StateCounts]:
    """Count the conversions of all users by state."""
    request = plain_request(COUNT_CONVERSIONS)
    return (yield from patiently(session.patience, lambda: session.called(request, StateCounts)))


def dead_letters(session: Session, *, queue: str | None = None) -> Steps[list[DeadLetter]]:
    """Give the events that could not be handled, at most a hundred of each queue, or those of one."""
    query = (("limit", "100"), *((("queue", queue),) if queue else ()))
    request = plain_request(LIST_DEAD_LETTERS, query)
    found = yield from patiently(session.patience, lambda: session.called(request, DeadLetterList))
    return found.items


def redrive_dead_letter(session: Session, queue: str, letter_id: str) -> Steps[None]:
    """Put an event back to work."""
    yield from session.done(plain_request(REDRIVE_DEAD_LETTER, queue=queue, letter_id=letter_id))


def _page(session: Session, request: Request) -> Steps[ConversionSummaryPage]:
    return (yield from patiently(session.patience, lambda: session.called(request, ConversionSummaryPage)))
