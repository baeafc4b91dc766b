"""What the gateway's handlers may ask for by name."""

from collections.abc import Mapping

from litestar.di import Provide

from tracklift_adapters.http.bearer import caller_provider
from tracklift_adapters.http.providing import provide
from tracklift_gateway.container import GatewayContainer


def gateway_dependencies(container: GatewayContainer) -> Mapping[str, Provide]:
    """Make the one map from a handler's argument to what it is given."""
    return {
        "caller": Provide(caller_provider(container.identify_caller()), sync_to_thread=False),
        "identify_caller": provide(container.identify_caller),
        "sign_in": provide(container.sign_in),
        "clock": provide(container.clock),
        "feed": provide(container.feed),
        "limits": provide(container.limits),
        "retention": provide(container.retention),
        "upload_rate": provide(container.upload_rate),
        "submit_conversion": provide(container.submit_conversion),
        "get_conversion": provide(container.get_conversion),
        "list_conversions": provide(container.list_conversions),
        "watch_conversions": provide(container.watch_conversions),
        "download_audio": provide(container.download_audio),
        "cancel_conversion": provide(container.cancel_conversion),
        "retry_conversion": provide(container.retry_conversion),
        "delete_conversion": provide(container.delete_conversion),
    }
