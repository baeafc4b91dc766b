"""The bounds that the operator sets for the delivery of events."""

from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class RedeliveryPolicy:
    """How long an event waits after its handler raised, or after a release received it that does not know its type."""

    first_delay: timedelta = timedelta(seconds=1)
    """How long to wait after the first failure; the wait doubles with each further one."""
    longest_delay: timedelta = timedelta(minutes=5)
    deliveries_of_unknown_type: int = 19
    """How often an event of an unknown type is delivered before it is dead-lettered: for 53 minutes with the
    delays above. During a rolling upgrade, newer replicas, which know the type, run beside older ones on the
    same queue."""

    def delay_after(self, failures: int) -> timedelta:
        """Give how long to wait after so many consecutive failures of the handler (counted from 1)."""
        # The exponent is bounded, so that the product is a valid timedelta for any count.
        growth: int = 2 ** min(failures - 1, 20)
        return min(self.longest_delay, self.first_delay * growth)
