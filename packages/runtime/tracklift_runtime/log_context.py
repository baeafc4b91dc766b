"""What every line of the log is about while a request or an event is handled."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar

_context: ContextVar[Mapping[str, str]] = ContextVar("log_context")


def log_context() -> Mapping[str, str]:
    """Give the names and values that belong to a line that is logged here and now."""
    return _context.get({})


@contextmanager
def logged_with(**values: str) -> Iterator[None]:
    """Add names and values to what is logged in this context, and by the tasks that are begun in it."""
    before = _context.set({**log_context(), **values})
    try:
        yield
    finally:
        _context.reset(before)
