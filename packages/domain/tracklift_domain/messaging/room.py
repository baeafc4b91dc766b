"""How much may be announced again without a flood."""

from tracklift_domain.errors import ServiceUnavailableError
from tracklift_domain.messaging.ports import EventQueues


async def room_in(queues: EventQueues, queue: str, *, most: int) -> int:
    """Tell how many events may be put into a queue so that no more than `most` wait there.

    None while the broker can't be reached: the outbox would only grow.
    """
    try:
        return max(0, most - await queues.waiting(queue))
    except ServiceUnavailableError:
        return 0
