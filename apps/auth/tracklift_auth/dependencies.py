"""What the handlers of auth may ask for by name, beside the `caller`."""

from collections.abc import Mapping

from litestar.di import Provide

from tracklift_adapters.http.providing import provide
from tracklift_auth.container import AuthContainer


def auth_dependencies(container: AuthContainer) -> Mapping[str, Provide]:
    """Make the one map from a handler's argument to what it is given."""
    return {
        "register_user": provide(container.register_user),
        "log_in": provide(container.log_in),
        "refresh_session": provide(container.refresh_session),
        "end_session": provide(container.end_session),
        "get_user": provide(container.get_user),
        "delete_user": provide(container.delete_user),
        "request_email_verification": provide(container.request_email_verification),
        "verify_email": provide(container.verify_email),
        "request_password_reset": provide(container.request_password_reset),
        "reset_password": provide(container.reset_password),
        "issuer": provide(container.issuer),
    }
