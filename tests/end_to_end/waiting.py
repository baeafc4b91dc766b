"""Waiting for what happens in another process."""

import threading
import time
from collections.abc import Callable
from typing import TypeVar

_T = TypeVar("_T")
PATIENCE = 60.0
"""Seconds after which something that must happen has not."""
_FIRST_PAUSE, _LONGEST_PAUSE = 0.05, 0.5
_LONGER = 1.2
"""What takes long is looked for less and less often, as each look costs those who do it computing time."""


def wait_for(look: Callable[[], _T | None], what: str, *, every: float | None = None) -> _T:
    """Look until what is seen is true, or not empty, and give it; `every`: seconds, for a moment that is soon over."""
    pause = _FIRST_PAUSE if every is None else every
    deadline = time.monotonic() + PATIENCE
    while True:
        seen = look()
        if seen:
            return seen
        assert time.monotonic() < deadline, f"it has not happened: {what}"
        # The pause of a poll, not a guess of how long something takes.
        threading.Event().wait(pause)
        if every is None:
            pause = min(pause * _LONGER, _LONGEST_PAUSE)
