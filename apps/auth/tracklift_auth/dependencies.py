"""The dependencies of auth's handlers, in addition to the `caller`."""

from collections.abc import Mapping

from litestar.di import Provide

from tracklift_adapters.http.application.providing import provide
from tracklift_auth.routes.users import AccountQuotas
from tracklift_auth.use_cases import AuthUseCases
from tracklift_domain.identifiers import UserId


async def _not_known(_user_id: UserId) -> None:
    """Return `None`, since auth alone does not know the quotas."""


def auth_dependencies(
    use_cases: AuthUseCases, account_quotas: AccountQuotas = _not_known
) -> Mapping[str, Provide]:
    """Map the names of handlers' arguments to their providers."""
    return {
        "account_quotas": provide(lambda: account_quotas),
        "register_user": provide(use_cases.register_user),
        "log_in": provide(use_cases.log_in),
        "refresh_session": provide(use_cases.refresh_session),
        "end_session": provide(use_cases.end_session),
        "get_user": provide(use_cases.get_user),
        "export_account": provide(use_cases.export_account),
        "delete_user": provide(use_cases.delete_user),
        "request_email_verification": provide(use_cases.request_email_verification),
        "verify_email": provide(use_cases.verify_email),
        "request_password_reset": provide(use_cases.request_password_reset),
        "reset_password": provide(use_cases.reset_password),
        "issuer": provide(use_cases.issuer),
        "list_sessions": provide(use_cases.list_sessions),
        "end_own_sessions": provide(use_cases.end_own_sessions),
        "change_password": provide(use_cases.change_password),
        "get_second_factor": provide(use_cases.get_second_factor),
        "begin_second_factor": provide(use_cases.begin_second_factor),
        "confirm_second_factor": provide(use_cases.confirm_second_factor),
        "remove_second_factor": provide(use_cases.remove_second_factor),
        "remove_users_second_factor": provide(use_cases.remove_users_second_factor),
        "second_factors": provide(use_cases.second_factors),
        "create_api_key": provide(use_cases.create_api_key),
        "list_api_keys": provide(use_cases.list_api_keys),
        "revoke_api_key": provide(use_cases.revoke_api_key),
        "verify_api_key": provide(use_cases.verify_api_key),
        "users": provide(use_cases.users),
        "require_role": provide(use_cases.require_role),
        "list_users": provide(use_cases.list_users),
        "create_user": provide(use_cases.create_user),
        "invite_user": provide(use_cases.invite_user),
        "accept_invitation": provide(use_cases.accept_invitation),
        "request_email_change": provide(use_cases.request_email_change),
        "confirm_email_change": provide(use_cases.confirm_email_change),
        "change_user": provide(use_cases.change_user),
        "remove_user": provide(use_cases.remove_user),
        "send_password_reset": provide(use_cases.send_password_reset),
        "identity_providers": provide(use_cases.identity_providers),
        "begin_provider_sign_in": provide(use_cases.begin_provider_sign_in),
        "sign_in_with_provider": provide(use_cases.sign_in_with_provider),
        "begin_device_sign_in": provide(use_cases.begin_device_sign_in),
        "complete_device_sign_in": provide(use_cases.complete_device_sign_in),
    }
