"""What the gateway tidies up."""

from collections.abc import Mapping

from tracklift_gateway.container import GatewayContainer
from tracklift_runtime.housekeeping import HousekeepingJob


def gateway_chores(container: GatewayContainer) -> Mapping[str, HousekeepingJob]:
    """Give the chores that belong to conversions and their media."""
    return {
        "end what has outlived its time": container.expire_conversions(),
        "delete media that nothing needs": container.sweep_media(),
        "announce conversions again that stand still": container.request_stalled_conversions(),
        "announce outcomes again that are not confirmed": container.announce_unconfirmed_outcomes(),
    }
