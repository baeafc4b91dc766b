"""The events that the services in this process consume."""

from tracklift_converter.subscription import converter_subscription
from tracklift_gateway.subscription import (
    ACCOUNT_SUBSCRIPTION,
    CONFIRMATION_SUBSCRIPTION,
    GATEWAY_SUBSCRIPTION,
)
from tracklift_notification.subscription import (
    ACCOUNT_MAIL_SUBSCRIPTION,
    LINK_SUBSCRIPTION,
    NOTIFICATION_SUBSCRIPTION,
)

SUBSCRIPTIONS = (
    converter_subscription(1),
    GATEWAY_SUBSCRIPTION,
    CONFIRMATION_SUBSCRIPTION,
    ACCOUNT_SUBSCRIPTION,
    LINK_SUBSCRIPTION,
    ACCOUNT_MAIL_SUBSCRIPTION,
    NOTIFICATION_SUBSCRIPTION,
)
"""For the declaration of the queues, which does not depend on how many conversions run concurrently."""
