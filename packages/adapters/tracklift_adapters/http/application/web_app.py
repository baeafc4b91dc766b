"""The HTTP application for users of an app, who reach it directly or through another app."""

from collections.abc import Mapping, Sequence

from litestar import Litestar, Router
from litestar.di import Provide
from litestar.openapi import OpenAPIConfig
from litestar.plugins.prometheus import PrometheusConfig
from litestar.types import ControllerRouterHandler, Middleware

from tracklift_adapters.http.application.allowed_methods import with_allowed_methods
from tracklift_adapters.http.application.early_answers import EarlyAnswers
from tracklift_adapters.http.application.operations import ReadinessCheck, operation_routes
from tracklift_adapters.http.application.providing import with_what_they_ask_for
from tracklift_adapters.http.application.security_headers import add_security_headers
from tracklift_adapters.http.bodies.request_fields import RequestFieldsSchema
from tracklift_adapters.http.bodies.small_bodies import BoundedRequest
from tracklift_adapters.http.limits.request_limits import RequestLimits
from tracklift_adapters.http.problems.problem_handlers import (
    RespondToProblem,
    problem_handlers,
    respond_in_json,
)
from tracklift_adapters.http.problems.request_ids import RequestIds

_LARGEST_BODY = 64 * 1024
"""Bytes of a body other than a video."""


def create_web_app(  # noqa: PLR0913  # what differs between the apps
    name: str,
    routes: Sequence[ControllerRouterHandler],
    *,
    dependencies: Mapping[str, Provide],
    checks: Mapping[str, ReadinessCheck],
    spared: Mapping[str, ReadinessCheck] | None = None,
    limits: Sequence[RequestLimits] = (),
    middleware: Sequence[Middleware] = (),
    openapi: OpenAPIConfig | None = None,
    respond: RespondToProblem = respond_in_json,
) -> Litestar:
    """Make an application from routes and their dependencies; its metrics are labelled with `name`.

    Every answer has a request id and the headers for browsers, every error is a problem (RFC 9457), and bodies are
    bounded. `checks` decide whether the application is ready; `spared` report what it can do without for a while.
    `limits` are checked in order. Without `openapi`, it has no OpenAPI document. `respond` makes the response of a
    problem.
    """
    metrics = PrometheusConfig(app_name=name, prefix="tracklift", group_path=True)
    handlers = with_allowed_methods(
        [*with_what_they_ask_for(routes, dependencies), *operation_routes(checks, spared=spared)]
    )
    application = Litestar(
        # In one router: handlers given one by one would each prepare all others of their path again.
        route_handlers=[Router("/", route_handlers=handlers)],
        exception_handlers=problem_handlers(respond=respond),
        guards=[each.guard for each in limits],
        middleware=[metrics.middleware, *middleware],
        before_send=[add_security_headers, *(each.note_answer for each in limits)],
        request_class=BoundedRequest,
        request_max_body_size=_LARGEST_BODY,
        openapi_config=openapi,
        plugins=[RequestFieldsSchema()],
        # The process that serves it configures logging.
        logging_config=None,
    )
    # Also around the routing, whose own refusals no middleware sees.
    application.asgi_handler = RequestIds(EarlyAnswers(application.asgi_handler))
    return application
