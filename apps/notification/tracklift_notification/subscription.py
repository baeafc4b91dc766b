"""Which events notification takes."""

from tracklift_domain.conversion.events import ConversionCompleted, ConversionFailed
from tracklift_domain.messaging.delivery import Subscription
from tracklift_domain.messaging.queues import LINK_QUEUE, OUTCOME_QUEUE
from tracklift_domain.user.events import EmailVerificationRequested, PasswordResetRequested

NOTIFICATION_SUBSCRIPTION = Subscription(
    queue=OUTCOME_QUEUE, event_types=(ConversionCompleted, ConversionFailed), concurrency=4
)
LINK_SUBSCRIPTION = Subscription(
    queue=LINK_QUEUE, event_types=(EmailVerificationRequested, PasswordResetRequested), concurrency=4
)
"""Apart, so that somebody who waits for a link does not wait behind the mails of a thousand conversions.

Mails are handed over four at once, so that one slow hand-over does not hold up all others."""
