"""The HTTP application around the gateway's routes."""

from collections.abc import Mapping, Sequence
from importlib.metadata import version

from litestar import Litestar
from litestar.di import Provide
from litestar.openapi.spec import Tag
from litestar.plugins.prometheus import PrometheusConfig
from litestar.types import ControllerRouterHandler

from tracklift_adapters.http.documentation import documentation_routes, openapi_config
from tracklift_adapters.http.operations import ReadinessCheck, operation_routes
from tracklift_adapters.http.problems import problem_handlers
from tracklift_gateway.container import GatewayContainer
from tracklift_gateway.dependencies import gateway_dependencies
from tracklift_gateway.routes import GATEWAY_ROUTES

_DESCRIPTION = """Tracklift lifts the audio out of video: upload an MP4, watch it being converted, download the MP3.

Sign up at `/v1/users`, get an access token at `/v1/token` and send it as `Authorization: Bearer …`. Errors are problem
details (RFC 9457) with a stable `code`."""
_TAGS = (
    Tag(name="users", description="Accounts and tokens."),
    Tag(name="conversions", description="Videos in, MP3s out."),
    Tag(name="updates", description="What happens, while it happens."),
    Tag(name="operations", description="For whoever runs it."),
)
_LARGEST_BODY = 64 * 1024
"""Bytes of a body that is no video."""


def create_app(
    container: GatewayContainer,
    *,
    checks: Mapping[str, ReadinessCheck],
    more_routes: Sequence[ControllerRouterHandler] = (),
    more_dependencies: Mapping[str, Provide] | None = None,
) -> Litestar:
    """Make the application of a wired container.

    `checks` tell whether it is ready. `more_routes` with their dependencies are served beside the gateway's own:
    those of auth, where both are one process.
    """
    metrics = PrometheusConfig(app_name="gateway", prefix="tracklift", group_path=True)
    return Litestar(
        route_handlers=[*GATEWAY_ROUTES, *more_routes, *operation_routes(checks), *documentation_routes()],
        dependencies={**gateway_dependencies(container), **(more_dependencies or {})},
        exception_handlers=problem_handlers(),
        middleware=[metrics.middleware],
        openapi_config=openapi_config(
            title="Tracklift", version=version("tracklift"), description=_DESCRIPTION, tags=_TAGS
        ),
        request_max_body_size=_LARGEST_BODY,
        # Whoever starts the process decides how it logs.
        logging_config=None,
    )
