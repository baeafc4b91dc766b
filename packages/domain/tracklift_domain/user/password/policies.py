"""The bounds of guesses at passwords."""

from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class GuessPolicy:
    """What guesses at the password of one account cost all clients together that it does not know."""

    free: int = 10
    """Guesses without a wait: people mistype, and have several devices."""
    first: timedelta = timedelta(seconds=1)
    """The wait after the last of these; it doubles with each further guess."""
    longest: timedelta = timedelta(minutes=1)
    """1440 guesses a day in all, at passwords of at least 12 characters that are not common."""
    forgotten: timedelta = timedelta(minutes=30)
    """When guesses are forgotten after the last one. Longer than the longest wait."""
    known_for: timedelta = timedelta(days=90)
    """How long a client is known to an account after it has logged in."""

    def wait_after(self, guesses: int) -> timedelta:
        """Give the wait after so many guesses."""
        if guesses < self.free:
            return timedelta(0)
        # A power of floats, bounded in the exponent, can't overflow.
        return min(self.first * 2.0 ** min(guesses - self.free, 30), self.longest)
