"""Waiting for what happens in another process."""

import threading
import time
from collections.abc import Callable
from typing import TypeVar

_T = TypeVar("_T")
PATIENCE = 60.0
"""Seconds after which something that must happen has not."""


def wait_for(look: Callable[[], _T | None], what: str, *, every: float = 0.05) -> _T:
    """Look every so many seconds until what is seen is true, or not empty, and give it."""
    deadline = time.monotonic() + PATIENCE
    while True:
        seen = look()
        if seen:
            return seen
        assert time.monotonic() < deadline, f"it has not happened: {what}"
        # The pause of a poll, not a guess of how long something takes.
        threading.Event().wait(every)
