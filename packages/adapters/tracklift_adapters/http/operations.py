"""Routes for whoever runs an app: is it alive, is it ready, how is it doing."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

from litestar import Response, get
from litestar.plugins.prometheus import PrometheusController
from litestar.types import ControllerRouterHandler

from tracklift_domain.errors import DomainError

ReadinessCheck = Callable[[], Awaitable[object]]
"""Raises a `DomainError` when the thing that it checks can't be used now."""


@dataclass(frozen=True, slots=True)
class Health:
    """Whether the app can do its work; `problems` names each dependency that is down, and why."""

    status: str
    problems: dict[str, str]


class Metrics(PrometheusController):
    """Gives the app's figures to Prometheus."""

    path = "/metrics"
    openmetrics_format = True
    tags = ("operations",)


def operation_routes(checks: Mapping[str, ReadinessCheck]) -> list[ControllerRouterHandler]:
    """Make `/healthz`, `/readyz` and `/metrics`; an app is ready when no check raises."""

    @get(
        "/healthz", summary="Is it alive?", operation_id="healthz", tags=["operations"], sync_to_thread=False
    )
    def healthz() -> Health:
        """Answer as long as the process can."""
        return Health("ok", {})

    @get("/readyz", summary="Is it ready?", operation_id="readyz", tags=["operations"])
    async def readyz() -> Response[Any]:
        """Answer 200 when every dependency is there, else 503 with the names of those that are not."""
        problems = {}
        for name, check in checks.items():
            try:
                await check()
            except DomainError as error:
                problems[name] = str(error)
        health = Health("unavailable" if problems else "ok", problems)
        return Response(health, status_code=503 if problems else 200)

    return [healthz, readyz, Metrics]
