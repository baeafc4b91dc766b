"""How many events may be announced again without flooding a queue."""

from tracklift_domain.errors import ServiceUnavailableError
from tracklift_domain.messaging.ports import EventQueues


async def room_in(queues: EventQueues, queue: str, *, most: int) -> int:
    """Give how many events may be added to a queue so that at most `most` wait in it.

    Zero while the broker can't be reached: the outbox would only grow.
    """
    try:
        return max(0, most - await queues.waiting(queue))
    except ServiceUnavailableError:
        return 0
