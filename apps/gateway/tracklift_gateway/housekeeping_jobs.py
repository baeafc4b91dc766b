"""The jobs of the gateway's housekeeping."""

from collections.abc import Mapping

from tracklift_gateway.use_cases import GatewayUseCases
from tracklift_runtime.housekeeping import HousekeepingJob


def gateway_housekeeping_jobs(use_cases: GatewayUseCases) -> Mapping[str, HousekeepingJob]:
    """Return the jobs, by a description of each."""
    return {
        "end what has outlived its time": use_cases.expire_conversions(),
        "delete media that nothing needs": use_cases.sweep_media(),
        "announce conversions again that stand still": use_cases.request_stalled_conversions(),
        "forget how much audio was made in earlier months": use_cases.upload_quotas().forget_old,
        "forget old ends of sessions": use_cases.ended_access().forget_old,
        "announce outcomes again that are not confirmed": use_cases.announce_unconfirmed_outcomes(),
    }
