"""The events that the converter consumes."""

from tracklift_domain.conversion.events import ConversionRequested
from tracklift_domain.messaging.delivery import Subscription
from tracklift_domain.messaging.queues import REQUEST_QUEUE


def converter_subscription(slots: int) -> Subscription:
    """Take requests for conversions, as many concurrently as there are slots."""
    return Subscription(queue=REQUEST_QUEUE, event_types=(ConversionRequested,), concurrency=slots)
