"""The HTTP application that serves the gateway's routes."""

from collections.abc import Mapping, Sequence
from importlib.metadata import PackageNotFoundError, version
from typing import Any

from litestar import Litestar
from litestar.di import Provide
from litestar.openapi.spec import Tag
from litestar.types import ControllerRouterHandler

from tracklift_adapters.http.application.operations import ReadinessCheck
from tracklift_adapters.http.application.web_app import create_web_app
from tracklift_adapters.http.limits.request_limits import RequestLimits
from tracklift_adapters.http.openapi.documentation import documentation_routes
from tracklift_adapters.http.openapi.openapi_document import openapi_config
from tracklift_gateway.conversion_in_log import ConversionInLog
from tracklift_gateway.dependencies import gateway_dependencies
from tracklift_gateway.routes import GATEWAY_ROUTES
from tracklift_gateway.routes.web_pages import respond_in_pages, web_routes
from tracklift_gateway.use_cases import GatewayUseCases
from tracklift_gateway.web_application import WebApplication, built_web_application

_DESCRIPTION = """Tracklift lifts the audio out of video: upload an MP4, watch it being converted, download the MP3.

Sign up at `/v1/users`, get an access token at `/v1/token` and send it as `Authorization: Bearer …`. Errors are problem
details (RFC 9457) with a stable `code`."""
_TAGS = (
    Tag(name="users", description="Accounts and tokens."),
    Tag(name="conversions", description="Videos in, MP3s out."),
    Tag(name="resumable uploads", description="Videos in by tus 1.0, over lines that break."),
    Tag(name="updates", description="What happens, while it happens."),
    Tag(name="administration", description="For admins."),
    Tag(name="operations", description="For the operator."),
)


def create_app(  # what differs between the two runtimes
    use_cases: GatewayUseCases,
    *,
    checks: Mapping[str, ReadinessCheck],
    limits: Sequence[RequestLimits],
    spared: Mapping[str, ReadinessCheck] | None = None,
    more_routes: Sequence[ControllerRouterHandler] = (),
    more_dependencies: Mapping[str, Provide] | None = None,
    passed_on: Mapping[str, Any] | None = None,
    web_application: WebApplication | None = None,
) -> Litestar:
    """Make the application on top of the use cases.

    `checks` decide whether it is ready; `spared` check what it can do without for a while. `limits` are
    checked before each request, in order. `more_routes`, with their dependencies, are added to the gateway's
    own: auth's routes in one process, or routes that proxy requests to auth; `passed_on` is auth's OpenAPI
    document in that case. `web_application` defaults to the one that was built.
    """
    pages = web_application or built_web_application()
    return create_web_app(
        "gateway",
        [
            *GATEWAY_ROUTES,
            *more_routes,
            *documentation_routes(passed_on),
            *web_routes(pages),
        ],
        dependencies={**gateway_dependencies(use_cases), **(more_dependencies or {})},
        checks=checks,
        spared=spared,
        limits=limits,
        middleware=[ConversionInLog()],
        openapi=openapi_config(title="Tracklift", version=_version(), description=_DESCRIPTION, tags=_TAGS),
        respond=respond_in_pages(pages),
    )


def _version() -> str:
    try:
        return version("tracklift")
    except PackageNotFoundError:
        return "0"  # Run from the sources, without an installed distribution.
