"""The HTTP application that serves auth's routes."""

from collections.abc import Mapping

from litestar import Litestar
from litestar.di import Provide

from tracklift_adapters.http.application.operations import ReadinessCheck
from tracklift_adapters.http.application.web_app import create_web_app
from tracklift_adapters.http.callers.bearer import caller_provider
from tracklift_auth.dependencies import auth_dependencies
from tracklift_auth.routes import AUTH_ROUTES
from tracklift_auth.routes.internal import INTERNAL_ROUTES
from tracklift_auth.routes.provider_sign_in import INTERNAL_SIGN_IN_ROUTES
from tracklift_auth.use_cases import AuthUseCases
from tracklift_domain.user.api_key.identify_bearer import IdentifyBearer


def create_app(
    use_cases: AuthUseCases,
    identify_bearer: IdentifyBearer,
    *,
    checks: Mapping[str, ReadinessCheck],
    spared: Mapping[str, ReadinessCheck] | None = None,
) -> Litestar:
    """Make the application on top of the use cases.

    `checks` decide whether it is ready; `spared` check what it can do without for a while. It is reached only
    through the gateway, which limits the rate of requests and documents the routes.
    """
    return create_web_app(
        "auth",
        [*AUTH_ROUTES, *INTERNAL_ROUTES, *INTERNAL_SIGN_IN_ROUTES],
        dependencies={
            **auth_dependencies(use_cases),
            "caller": Provide(caller_provider(identify_bearer)),
        },
        checks=checks,
        spared=spared,
    )
