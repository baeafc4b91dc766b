"""The events that the gateway consumes."""

from tracklift_domain.messaging.delivery import Subscription
from tracklift_domain.messaging.queues import ACCOUNT_QUEUE, CONFIRMATION_QUEUE, DELETION_QUEUE
from tracklift_domain.notification.events import OutcomeHandled
from tracklift_domain.user.access.events import SessionsEnded
from tracklift_domain.user.events import UserDeleted, UserEmailVerified, UserQuotaChanged

GATEWAY_SUBSCRIPTION = Subscription(queue=DELETION_QUEUE, event_types=(UserDeleted,))
CONFIRMATION_SUBSCRIPTION = Subscription(queue=CONFIRMATION_QUEUE, event_types=(OutcomeHandled,))
"""A separate queue, so that processes of the previous release do not receive events that they do not know."""
ACCOUNT_SUBSCRIPTION = Subscription(
    queue=ACCOUNT_QUEUE, event_types=(UserEmailVerified, SessionsEnded, UserQuotaChanged)
)
"""Separate for the same reason."""
