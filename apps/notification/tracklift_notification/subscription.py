"""Which events notification takes."""

from tracklift_domain.conversion.events import ConversionCompleted, ConversionFailed
from tracklift_domain.messaging.delivery import Subscription

NOTIFICATION_SUBSCRIPTION = Subscription(
    queue="notification", event_types=(ConversionCompleted, ConversionFailed), concurrency=4
)
"""Mails are handed over four at once, so that one slow hand-over does not hold up all others."""
