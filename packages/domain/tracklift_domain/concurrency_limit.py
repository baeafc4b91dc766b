"""How many may do the same thing at once."""

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from tracklift_domain.errors import DomainError


class ConcurrencyLimit:
    """Bounds what goes on at once in this process, for each key by itself."""

    def __init__(self, most: int, refusal: Callable[[], DomainError]) -> None:
        """Give each key `most` places; `refusal` makes the error for those that find all of them taken."""
        self._most = most
        self._refusal = refusal
        self._taken: Counter[str] = Counter()

    @contextmanager
    def one_for(self, key: str) -> Iterator[None]:
        """Take a place of a key until the context is left. Raises what `refusal` makes."""
        if self._taken[key] >= self._most:
            raise self._refusal()
        self._taken[key] += 1
        try:
            yield
        finally:
            self._taken[key] -= 1
            if not self._taken[key]:
                del self._taken[key]
