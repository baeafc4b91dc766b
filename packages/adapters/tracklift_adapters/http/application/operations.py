"""Health and readiness routes for the operator of an app."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta

from litestar import MediaType, Response, get, head
from litestar.openapi.datastructures import ResponseSpec
from litestar.types import ControllerRouterHandler

from tracklift_adapters.http.openapi.examples import example
from tracklift_domain.errors import DomainError, IncompleteServiceError

ReadinessCheck = Callable[[], Awaitable[object]]
"""Raises a `DomainError` if what it checks can't be used."""
_PATIENCE = timedelta(seconds=5)
"""For one check: a common timeout of Docker's and Kubernetes' probes."""
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Health:
    """Whether the app can do its work; `problems` names each dependency that is down. The log says why.

    `degraded`: it can, and something that it needs sooner or later is down.
    """

    status: str
    problems: dict[str, str]


_HEALTHY = ResponseSpec(
    Health,
    generate_examples=False,
    description="It is. With the status `degraded`, see `problems`.",
    examples=[example("Well", Health("ok", {}))],
)
_UNHEALTHY = ResponseSpec(
    Health,
    generate_examples=False,
    description="It is not: see `problems`.",
    examples=[example("Unwell", Health("unavailable", {"database": "not available"}))],
)


@dataclass(frozen=True, slots=True)
class _Problem:
    shown: str
    reason: str


class Readiness:
    """Checks the dependencies of an app, and logs changes."""

    def __init__(
        self,
        checks: Mapping[str, ReadinessCheck],
        *,
        spared: Mapping[str, ReadinessCheck] | None = None,
        patience: timedelta = _PATIENCE,
    ) -> None:
        """If one of `checks` fails, the app is not ready; if one of `spared` fails, it is only degraded."""
        self._checks = checks
        self._spared = spared or {}
        self._patience = patience
        self._down: frozenset[str] = frozenset()

    async def __call__(self) -> Health:
        """Run all checks concurrently."""
        checks = {**self._spared, **self._checks}
        problems = await asyncio.gather(*map(self._problem, checks.values()))
        down = {name: problem for name, problem in zip(checks, problems, strict=True) if problem}
        for name in down.keys() - self._down:
            state = "Not ready" if name in self._checks else "Degraded"
            _log.warning("%s: %s: %s", state, name, down[name].reason)
        for name in self._down - down.keys():
            _log.info("Ready again: %s.", name)
        self._down = frozenset(down)
        status = "unavailable" if self._down & self._checks.keys() else "degraded" if down else "ok"
        return Health(status, {name: down[name].shown for name in sorted(down)})

    async def _problem(self, check: ReadinessCheck) -> _Problem | None:
        # Probes are often public, and reasons name hosts and files.
        try:
            async with asyncio.timeout(self._patience.total_seconds()):
                await check()
        except IncompleteServiceError as error:
            return _Problem(f"lacks {', '.join(error.lacking)}", str(error))
        except DomainError as error:
            return _Problem("not available", str(error))
        except TimeoutError:
            return _Problem("not available", f"no answer in {self._patience.total_seconds():g} seconds")
        return None


def operation_routes(
    checks: Mapping[str, ReadinessCheck], *, spared: Mapping[str, ReadinessCheck] | None = None
) -> list[ControllerRouterHandler]:
    """Make `/healthz` and `/readyz`; an app is ready when none of `checks` raises.

    What `spared` checks is named when it is down, but the app is still ready.
    """
    readiness = Readiness(checks, spared=spared)

    async def look() -> Response[Health]:
        health = await readiness()
        return Response(health, status_code=503 if health.status == "unavailable" else 200)

    @get(
        "/healthz",
        summary="Is it alive?",
        operation_id="healthz",
        responses={200: _HEALTHY},
        tags=["operations"],
        sync_to_thread=False,
    )
    def healthz() -> Health:
        """Answer as long as the process is able to."""
        return Health("ok", {})

    @get(
        "/readyz",
        summary="Is it ready?",
        operation_id="readyz",
        responses={200: _HEALTHY, 503: _UNHEALTHY},
        tags=["operations"],
    )
    async def readyz() -> Response[Health]:
        """Answer 200 if every dependency is available, else 503 with the names of the others.

        200 with the status `degraded` names what is missing without which requests are answered all the same.
        """
        return await look()

    # As some monitors ask.
    @head("/healthz", include_in_schema=False, sync_to_thread=False)
    def describe_healthz() -> None:
        """Answer as GET does, without content."""

    @head("/readyz", include_in_schema=False)
    async def describe_readyz() -> Response[None]:
        """Answer as GET does, without content."""
        answer = await look()
        return Response(None, status_code=answer.status_code, media_type=MediaType.JSON)

    return [healthz, readyz, describe_healthz, describe_readyz]
