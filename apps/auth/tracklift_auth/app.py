"""The HTTP application around auth's routes."""

from collections.abc import Mapping

from litestar import Litestar
from litestar.di import Provide
from litestar.plugins.prometheus import PrometheusConfig

from tracklift_adapters.http.bearer import caller_provider
from tracklift_adapters.http.early_answers import EarlyAnswers
from tracklift_adapters.http.operations import ReadinessCheck, operation_routes
from tracklift_adapters.http.problem_handlers import problem_handlers
from tracklift_adapters.http.request_ids import RequestIds
from tracklift_adapters.http.security_headers import add_security_headers
from tracklift_adapters.http.small_bodies import BoundedRequest
from tracklift_auth.container import AuthContainer
from tracklift_auth.dependencies import auth_dependencies
from tracklift_auth.routes import AUTH_ROUTES
from tracklift_domain.user.identify_caller import IdentifyCaller

_LARGEST_BODY = 64 * 1024
"""Bytes."""


def create_app(
    container: AuthContainer,
    identify_caller: IdentifyCaller,
    *,
    checks: Mapping[str, ReadinessCheck],
    spared: Mapping[str, ReadinessCheck] | None = None,
) -> Litestar:
    """Make the application of a wired container.

    `checks` tell whether it is ready, `spared` what is down that it can do without for a while. It is reached through
    the gateway alone, which limits how often a client may call and documents the routes.
    """
    metrics = PrometheusConfig(app_name="auth", prefix="tracklift", group_path=True)
    application = Litestar(
        route_handlers=[*AUTH_ROUTES, *operation_routes(checks, spared=spared)],
        dependencies={
            **auth_dependencies(container),
            "caller": Provide(caller_provider(identify_caller), sync_to_thread=False),
        },
        exception_handlers=problem_handlers(),
        middleware=[metrics.middleware],
        before_send=[add_security_headers],
        request_class=BoundedRequest,
        request_max_body_size=_LARGEST_BODY,
        openapi_config=None,
        logging_config=None,
    )
    application.asgi_handler = RequestIds(EarlyAnswers(application.asgi_handler))
    return application
