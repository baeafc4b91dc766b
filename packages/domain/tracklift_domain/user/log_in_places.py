"""How many log-ins for one address may be checked at once."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

from tracklift_domain.user.errors import TooManyLogInsError

MOST_PER_ADDRESS = 4
"""A user's devices may renew their log-ins together; guesses at one password take a quarter of the default queue."""


class LogInPlaces:
    """Counts log-ins under way by address, so that guesses at one password leave room for other users."""

    def __init__(self, most: int = MOST_PER_ADDRESS) -> None:
        self._most = most
        self._taken: Counter[str] = Counter()

    @contextmanager
    def one_for(self, address: str) -> Iterator[None]:
        """Take a place of an address until the context is left.

        Raises:
            TooManyLogInsError: all its places are taken.
        """
        if self._taken[address] >= self._most:
            raise TooManyLogInsError
        self._taken[address] += 1
        try:
            yield
        finally:
            self._taken[address] -= 1
            if not self._taken[address]:
                del self._taken[address]
