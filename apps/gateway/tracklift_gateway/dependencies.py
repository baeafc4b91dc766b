"""What the gateway's handlers may ask for by name."""

from collections.abc import Mapping

from litestar.di import Provide

from tracklift_adapters.http.bearer import caller_provider
from tracklift_adapters.http.providing import provide
from tracklift_gateway.use_cases import GatewayUseCases


def gateway_dependencies(use_cases: GatewayUseCases) -> Mapping[str, Provide]:
    """Make the one map from a handler's argument to what it is given."""
    return {
        "caller": Provide(caller_provider(use_cases.identify_bearer(), use_cases.session_cookies())),
        "identify_caller": provide(use_cases.identify_caller),
        "sign_in": provide(use_cases.sign_in),
        "browser_sessions": provide(use_cases.browser_sessions),
        "session_cookies": provide(use_cases.session_cookies),
        "provider_sign_in": provide(use_cases.provider_sign_in),
        "sign_in_cookie": provide(use_cases.sign_in_cookie),
        "clock": provide(use_cases.clock),
        "feed": provide(use_cases.feed),
        "limits": provide(use_cases.limits),
        "retention": provide(use_cases.retention),
        "require_verified_address": provide(use_cases.require_verified_address),
        "upload_rate": provide(use_cases.upload_rate),
        "submit_conversion": provide(use_cases.submit_conversion),
        "get_conversion": provide(use_cases.get_conversion),
        "list_conversions": provide(use_cases.list_conversions),
        "watch_conversions": provide(use_cases.watch_conversions),
        "download_audio": provide(use_cases.download_audio),
        "cancel_conversion": provide(use_cases.cancel_conversion),
        "retry_conversion": provide(use_cases.retry_conversion),
        "delete_conversion": provide(use_cases.delete_conversion),
    }
