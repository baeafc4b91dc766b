"""How often a device may ask whether its user has signed in."""

import hashlib
from collections import OrderedDict
from datetime import datetime, timedelta

from tracklift_domain.clock import Clock, is_within
from tracklift_domain.user.sign_in_provider.errors import SlowDownError

_GRACE = timedelta(seconds=1)
"""By which a question may come early: clocks and lines are not exact."""


class PollPace:
    """Keeps questions with one code apart, so that a hasty device does not become the provider's burden.

    It knows the latest codes of this process. The provider, which knows all, may ask for more time (RFC 8628,
    section 3.5).
    """

    def __init__(self, clock: Clock, *, most_codes: int = 10_000) -> None:
        """Remember at most so many codes; above that, those longest without a question are forgotten."""
        self._clock = clock
        self._most_codes = most_codes
        self._asked_at: OrderedDict[bytes, datetime] = OrderedDict()

    def take(self, code: str, interval: timedelta) -> None:
        """Count a question. Raises `SlowDownError` if it comes too soon after the last one, and does not count it."""
        now = self._clock.now()
        name = hashlib.sha256(code.encode()).digest()
        asked_at = self._asked_at.get(name)
        if asked_at is not None and is_within(interval - _GRACE, asked_at, now):
            raise SlowDownError
        self._asked_at[name] = now
        self._asked_at.move_to_end(name)
        if len(self._asked_at) > self._most_codes:
            self._asked_at.popitem(last=False)
