"""Adds the id of the conversion to the log lines of a request about one conversion."""

from litestar.middleware import ASGIMiddleware
from litestar.types import ASGIApp, Receive, Scope, Send
from typing_extensions import override

from tracklift_runtime.log_context import logged_with

_PARAMETER = "conversion_id"


class ConversionInLog(ASGIMiddleware):
    """Adds the conversion's id in the path, if there is one, to the log lines of the request."""

    @override
    async def handle(self, scope: Scope, receive: Receive, send: Send, next_app: ASGIApp) -> None:
        parameters = scope.get("path_params", {})
        if _PARAMETER not in parameters:
            await next_app(scope, receive, send)
            return
        with logged_with(conversion_id=str(parameters[_PARAMETER])):
            await next_app(scope, receive, send)
