"""What the handlers of auth may ask for by name, beside the `caller`."""

from collections.abc import Mapping

from litestar.di import Provide

from tracklift_adapters.http.providing import provide
from tracklift_auth.use_cases import AuthUseCases


def auth_dependencies(use_cases: AuthUseCases) -> Mapping[str, Provide]:
    """Make the one map from a handler's argument to what it is given."""
    return {
        "register_user": provide(use_cases.register_user),
        "log_in": provide(use_cases.log_in),
        "refresh_session": provide(use_cases.refresh_session),
        "end_session": provide(use_cases.end_session),
        "get_user": provide(use_cases.get_user),
        "delete_user": provide(use_cases.delete_user),
        "request_email_verification": provide(use_cases.request_email_verification),
        "verify_email": provide(use_cases.verify_email),
        "request_password_reset": provide(use_cases.request_password_reset),
        "reset_password": provide(use_cases.reset_password),
        "issuer": provide(use_cases.issuer),
        "list_sessions": provide(use_cases.list_sessions),
        "end_own_sessions": provide(use_cases.end_own_sessions),
        "change_password": provide(use_cases.change_password),
        "create_api_key": provide(use_cases.create_api_key),
        "list_api_keys": provide(use_cases.list_api_keys),
        "revoke_api_key": provide(use_cases.revoke_api_key),
        "verify_api_key": provide(use_cases.verify_api_key),
        "identity_providers": provide(use_cases.identity_providers),
        "begin_provider_sign_in": provide(use_cases.begin_provider_sign_in),
        "sign_in_with_provider": provide(use_cases.sign_in_with_provider),
    }
