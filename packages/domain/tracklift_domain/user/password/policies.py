"""The bounds of guesses at passwords."""

from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class GuessPolicy:
    """What guesses at the password of one account cost, from all clients together that are not known to it."""

    free: int = 10
    """Guesses that cost nothing: people mistype, and have several devices."""
    first: timedelta = timedelta(seconds=1)
    """The wait after the last of these; each further guess costs twice the wait of the one before."""
    longest: timedelta = timedelta(minutes=1)
    """1440 guesses a day from the whole world, at passwords of 12 characters that are not among the common ones."""
    forgotten: timedelta = timedelta(minutes=30)
    """After the last guess. Longer than the longest wait."""
    known_for: timedelta = timedelta(days=90)
    """How long a client is known to an account after it has logged in."""

    def wait_after(self, guesses: int) -> timedelta:
        """Give the wait after so many guesses."""
        if guesses < self.free:
            return timedelta(0)
        # As a float, the power has an end only far beyond the longest wait.
        return min(self.first * 2.0 ** min(guesses - self.free, 30), self.longest)
