"""The events that the gateway consumes."""

from tracklift_domain.messaging.delivery import Subscription
from tracklift_domain.messaging.queues import ACCOUNT_QUEUE, CONFIRMATION_QUEUE, DELETION_QUEUE
from tracklift_domain.notification.events import OutcomeHandled
from tracklift_domain.user.access.events import SessionsEnded
from tracklift_domain.user.events import UserDeleted, UserEmailVerified, UserQuotaChanged

GATEWAY_SUBSCRIPTION = Subscription(queue=DELETION_QUEUE, event_types=(UserDeleted,))
CONFIRMATION_SUBSCRIPTION = Subscription(queue=CONFIRMATION_QUEUE, event_types=(OutcomeHandled,))
"""A separate queue, since processes of the previous release do not know these events and must not get them."""
ACCOUNT_SUBSCRIPTION = Subscription(
    queue=ACCOUNT_QUEUE, event_types=(UserEmailVerified, SessionsEnded, UserQuotaChanged)
)
"""A separate queue for the same reason."""
