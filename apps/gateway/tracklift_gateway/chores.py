"""What the gateway tidies up."""

from collections.abc import Mapping

from tracklift_domain.housekeeping import Chore
from tracklift_gateway.container import GatewayContainer


def gateway_chores(container: GatewayContainer) -> Mapping[str, Chore]:
    """Give the chores that belong to conversions and their media."""
    return {
        "end what has outlived its time": container.expire_conversions(),
        "delete media that nothing needs": container.sweep_media(),
        "announce conversions again that stand still": container.request_stalled_conversions(),
        "announce outcomes again that are not confirmed": container.announce_unconfirmed_outcomes(),
    }
