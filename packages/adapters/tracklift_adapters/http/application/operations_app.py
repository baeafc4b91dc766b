"""The HTTP application of a service without users' routes."""

from collections.abc import Mapping

from litestar import Litestar
from litestar.plugins.prometheus import PrometheusConfig

from tracklift_adapters.http.application.allowed_methods import with_allowed_methods
from tracklift_adapters.http.application.operations import ReadinessCheck, operation_routes
from tracklift_adapters.http.problems.problem_handlers import problem_handlers


def create_operations_app(name: str, checks: Mapping[str, ReadinessCheck]) -> Litestar:
    """Make an application with only `/healthz` and `/readyz`."""
    metrics = PrometheusConfig(app_name=name, prefix="tracklift", group_path=True)
    return Litestar(
        route_handlers=with_allowed_methods(operation_routes(checks)),
        exception_handlers=problem_handlers(),
        middleware=[metrics.middleware],
        openapi_config=None,
        logging_config=None,
    )
