"""The dependencies of the gateway's handlers."""

from collections.abc import Mapping

from litestar.di import Provide

from tracklift_adapters.http.application.providing import provide
from tracklift_adapters.http.callers.bearer import caller_provider, known_caller_provider
from tracklift_gateway.use_cases import GatewayUseCases


def gateway_dependencies(use_cases: GatewayUseCases) -> Mapping[str, Provide]:
    """Map the names of handlers' arguments to their providers."""
    provide_caller = caller_provider(
        use_cases.identify_bearer(), use_cases.session_cookies(), use_cases.key_look_ups()
    )
    return {
        "caller": Provide(provide_caller),
        "known_caller": Provide(known_caller_provider(provide_caller)),
        "browser_sessions": provide(use_cases.browser_sessions),
        "session_cookies": provide(use_cases.session_cookies),
        "provider_sign_in": provide(use_cases.provider_sign_in),
        "sign_in_cookie": provide(use_cases.sign_in_cookie),
        "clock": provide(use_cases.clock),
        "feed": provide(use_cases.feed),
        "limits": provide(use_cases.limits),
        "upload_quotas": provide(use_cases.upload_quotas),
        "retention": provide(use_cases.retention),
        "require_verified_address": provide(use_cases.require_verified_address),
        "upload_rate": provide(use_cases.upload_rate),
        "submit_conversion": provide(use_cases.submit_conversion),
        "begin_upload": provide(use_cases.begin_upload),
        "begin_upload_with_bytes": provide(use_cases.begin_upload_with_bytes),
        "append_to_upload": provide(use_cases.append_to_upload),
        "get_upload": provide(use_cases.get_upload),
        "discard_upload": provide(use_cases.discard_upload),
        "get_conversion": provide(use_cases.get_conversion),
        "list_conversions": provide(use_cases.list_conversions),
        "list_all_conversions": provide(use_cases.list_all_conversions),
        "count_conversions": provide(use_cases.count_conversions),
        "dead_letters": provide(use_cases.dead_letters),
        "redrive_dead_letter": provide(use_cases.redrive_dead_letter),
        "watch_conversions": provide(use_cases.watch_conversions),
        "download_audio": provide(use_cases.download_audio),
        "download_archive": provide(use_cases.download_archive),
        "get_peaks": provide(use_cases.get_peaks),
        "cancel_conversion": provide(use_cases.cancel_conversion),
        "convert_again": provide(use_cases.convert_again),
        "rename_conversion": provide(use_cases.rename_conversion),
        "retry_conversion": provide(use_cases.retry_conversion),
        "delete_conversion": provide(use_cases.delete_conversion),
    }
