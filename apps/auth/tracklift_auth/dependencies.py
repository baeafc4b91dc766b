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
        "issuer": provide(container.issuer),
    }
