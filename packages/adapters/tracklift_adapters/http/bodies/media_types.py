"""The media types that a route accepts."""

from typing import Any

from litestar.connection import ASGIConnection
from litestar.handlers import BaseRouteHandler
from litestar.types import Guard

from tracklift_adapters.http.problems.problems import Problem

JSON = "application/json"
FORM = "application/x-www-form-urlencoded"


def takes(media_type: str) -> Guard:
    """Make the guard of a route that accepts one media type: it answers 415 to any other."""

    def guard(connection: ASGIConnection[Any, Any, Any, Any], _handler: BaseRouteHandler) -> None:
        given = connection.headers.get("Content-Type", "")
        if media_type_of(given) != media_type:
            raise unsupported_media_type(f"Send the body with Content-Type: {media_type}.", media_type)

    return guard


def media_type_of(content_type: str) -> str:
    """Give the media type of a Content-Type header, without parameters and in lower case."""
    return content_type.partition(";")[0].strip().lower()


def unsupported_media_type(detail: str, *taken: str) -> Problem:
    """Make the problem for a body whose type is none of `taken`."""
    return Problem(415, "unsupported_media_type", detail, headers={"Accept-Post": ", ".join(taken)})
