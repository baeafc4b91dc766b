"""Which events the services in this process take."""

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
"""As the queues are declared, for which it makes no difference how many conversions run at once."""
