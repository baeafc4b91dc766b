"""The bounds that the operator sets for events on their way."""

from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class RedeliveryPolicy:
    """How long an event waits after its handler raised, or after it came to a release that does not take its type."""

    first_delay: timedelta = timedelta(seconds=1)
    """How long to wait after the first failure; each further wait is twice the one before."""
    longest_delay: timedelta = timedelta(minutes=5)
    deliveries_of_unknown_type: int = 19
    """How often an event of a type that is not taken is delivered, before it is dead-lettered: for 53 minutes with the
    delays above. A rolling upgrade runs newer replicas, which take it, beside older ones on the same queue."""

    def delay_after(self, failures: int) -> timedelta:
        """Give how long to wait when the handler has raised this often in a row (counted from 1)."""
        # The exponent is bounded so that the product stays a timedelta whatever the count.
        growth: int = 2 ** min(failures - 1, 20)
        return min(self.longest_delay, self.first_delay * growth)
