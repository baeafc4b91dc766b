"""Which events the gateway takes."""

from tracklift_domain.messaging.delivery import Subscription
from tracklift_domain.user.events import UserDeleted

GATEWAY_SUBSCRIPTION = Subscription(queue="gateway", event_types=(UserDeleted,))
