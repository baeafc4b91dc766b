"""How an event waits.

RabbitMQ delays messages by letting them expire in a queue without consumers. A queue expires messages at its head only,
so one queue for all delays would hold up short ones behind long ones. Here each queue has one delay of its own, shared
by all consumers, so messages leave it in the order in which they came. A longer or odd delay is made of several: an
event that comes back before it is due goes to wait again. This needs no plugin, works alike in RabbitMQ 3.10 and 4, and
survives a restart of the broker; the number of queues is small and fixed.
"""

from collections.abc import Sequence
from datetime import timedelta

DELAYS: Sequence[timedelta] = tuple(timedelta(seconds=4**power) for power in range(5))
"""1, 4, 16, 64 and 256 seconds: any delay up to five minutes in at most six parts."""


def next_wait(remaining: timedelta, delays: Sequence[timedelta]) -> timedelta | None:
    """Choose the longest wait that does not last too long, or the shortest one there is. `None`: it is due."""
    if remaining <= timedelta(0):
        return None
    return max((delay for delay in delays if delay <= remaining), default=min(delays))
