"""Requests with small bodies."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

import msgspec

from tracklift_client.routes import Route
from tracklift_client.steps import Query, Request


def plain_request(route: Route, query: Query = (), **parameters: str) -> Request:
    """Make a request without a body; parameters are those of the route's path."""
    return Request(method=route.method, path=route.path(**parameters), query=query)


def form_request(route: Route, fields: Mapping[str, str]) -> Request:
    """Make a request with a form, as RFC 6749 wants it for tokens."""
    return Request(
        method=route.method,
        path=route.path(),
        headers={"Content-Type": "application/x-www-form-urlencoded"},
        content=urlencode(fields).encode(),
    )


def json_request(route: Route, value: Mapping[str, Any], **parameters: str) -> Request:
    """Make a request with JSON."""
    return Request(
        method=route.method,
        path=route.path(**parameters),
        headers={"Content-Type": "application/json"},
        content=msgspec.json.encode(value),
    )
