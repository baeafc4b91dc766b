"""A limit of concurrent calls."""

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from tracklift_domain.errors import DomainError


class ConcurrencyLimit:
    """Limits concurrent calls in this process, separately for each key."""

    def __init__(self, most: int, refusal: Callable[[], DomainError]) -> None:
        """Give each key `most` places; `refusal` makes the error for calls that find none free."""
        self._most = most
        self._refusal = refusal
        self._taken: Counter[str] = Counter()

    @contextmanager
    def one_for(self, key: str) -> Iterator[None]:
        """Hold a place of a key for the duration of the context. Raises what `refusal` makes."""
        if self._taken[key] >= self._most:
            raise self._refusal()
        self._taken[key] += 1
        try:
            yield
        finally:
            self._taken[key] -= 1
            if not self._taken[key]:
                del self._taken[key]
