"""The metrics of a process for Prometheus, on a separate listener."""

from collections.abc import Callable

from litestar import Litestar, Response, get
from prometheus_client import REGISTRY, CollectorRegistry
from prometheus_client.openmetrics.exposition import CONTENT_TYPE_LATEST, generate_latest

from tracklift_adapters.http.problems.problem_handlers import problem_handlers
from tracklift_adapters.http.server.connection_limits import ConnectionLimits

METRICS_LIMITS = ConnectionLimits(total=16)
"""A few Prometheus servers, and an operator who looks."""
_write_figures: Callable[[CollectorRegistry], bytes] = generate_latest


def create_metrics_app() -> Litestar:
    """Make an application with `/metrics` alone. Its own requests are not counted."""

    @get("/metrics", sync_to_thread=False)
    def metrics() -> Response[bytes]:
        """Give the metrics of this process as OpenMetrics text."""
        return Response(_write_figures(REGISTRY), media_type=CONTENT_TYPE_LATEST)

    return Litestar(
        route_handlers=[metrics],
        exception_handlers=problem_handlers(),
        openapi_config=None,
        logging_config=None,
    )
