"""Context that is added to every log line while a request or an event is handled."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar

_context: ContextVar[Mapping[str, str]] = ContextVar("log_context")


def log_context() -> Mapping[str, str]:
    """Return the names and values for a line that is logged in the current context."""
    return _context.get({})


@contextmanager
def logged_with(**values: str) -> Iterator[None]:
    """Add names and values to everything logged in this context and by the tasks started in it."""
    before = _context.set({**log_context(), **values})
    try:
        yield
    finally:
        _context.reset(before)
