"""Routes for whoever runs an app: is it alive, is it ready, how is it doing."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta

from litestar import Response, get
from litestar.openapi.datastructures import ResponseSpec
from litestar.types import ControllerRouterHandler
from prometheus_client import REGISTRY, CollectorRegistry
from prometheus_client.openmetrics.exposition import CONTENT_TYPE_LATEST, generate_latest

from tracklift_adapters.http.examples import example
from tracklift_domain.errors import DomainError

ReadinessCheck = Callable[[], Awaitable[object]]
"""Raises a `DomainError` when the thing that it checks can't be used now."""
_PATIENCE = timedelta(seconds=5)
"""For one check: the time after which Docker's and Kubernetes' own checks are commonly given up."""
_write_figures: Callable[[CollectorRegistry], bytes] = generate_latest
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Health:
    """Whether the app can do its work; `problems` names each dependency that is down. The log says why."""

    status: str
    problems: dict[str, str]


_HEALTHY = ResponseSpec(
    Health, generate_examples=False, description="It is.", examples=[example("Well", Health("ok", {}))]
)
_UNHEALTHY = ResponseSpec(
    Health,
    generate_examples=False,
    description="It is not: see `problems`.",
    examples=[example("Unwell", Health("unavailable", {"database": "not available"}))],
)


class Readiness:
    """Looks whether every dependency of an app is there, and logs when that changes."""

    def __init__(self, checks: Mapping[str, ReadinessCheck], *, patience: timedelta = _PATIENCE) -> None:
        self._checks = checks
        self._patience = patience
        self._down: frozenset[str] = frozenset()

    async def __call__(self) -> Health:
        """Look, at all of them at once."""
        reasons = await asyncio.gather(*map(self._reason, self._checks.values()))
        down = {name: reason for name, reason in zip(self._checks, reasons, strict=True) if reason}
        for name in down.keys() - self._down:
            _log.warning("Not ready: %s: %s", name, down[name])
        for name in self._down - down.keys():
            _log.info("Ready again: %s.", name)
        self._down = frozenset(down)
        # A probe is often open to everybody, and reasons name hosts and files.
        return Health("unavailable" if down else "ok", dict.fromkeys(sorted(down), "not available"))

    async def _reason(self, check: ReadinessCheck) -> str | None:
        try:
            async with asyncio.timeout(self._patience.total_seconds()):
                await check()
        except DomainError as error:
            return str(error)
        except TimeoutError:
            return f"no answer in {self._patience.total_seconds():g} seconds"
        return None


def operation_routes(checks: Mapping[str, ReadinessCheck]) -> list[ControllerRouterHandler]:
    """Make `/healthz`, `/readyz` and `/metrics`; an app is ready when no check raises."""
    readiness = Readiness(checks)

    @get(
        "/healthz",
        summary="Is it alive?",
        operation_id="healthz",
        responses={200: _HEALTHY},
        tags=["operations"],
        sync_to_thread=False,
    )
    def healthz() -> Health:
        """Answer as long as the process can."""
        return Health("ok", {})

    @get(
        "/readyz",
        summary="Is it ready?",
        operation_id="readyz",
        responses={200: _HEALTHY, 503: _UNHEALTHY},
        tags=["operations"],
    )
    async def readyz() -> Response[Health]:
        """Answer 200 when every dependency is there, else 503 with the names of those that are not."""
        health = await readiness()
        return Response(health, status_code=503 if health.problems else 200)

    @get(
        "/metrics",
        summary="How is it doing?",
        operation_id="metrics",
        responses={
            200: ResponseSpec(
                str,
                media_type=CONTENT_TYPE_LATEST,
                generate_examples=False,
                description="Figures for Prometheus, as OpenMetrics text.",
            )
        },
        tags=["operations"],
        sync_to_thread=False,
    )
    def metrics() -> Response[bytes]:
        """Give the figures of this process."""
        return Response(_write_figures(REGISTRY), media_type=CONTENT_TYPE_LATEST)

    return [healthz, readyz, metrics]
