"""The general part of an app's OpenAPI document."""

from collections.abc import Sequence

from litestar import Router
from litestar.openapi import OpenAPIConfig
from litestar.openapi.plugins import JsonRenderPlugin
from litestar.openapi.spec import Components, Contact, License, SecurityRequirement, SecurityScheme, Tag
from litestar.routes import BaseRoute
from litestar.types import ControllerRouterHandler
from typing_extensions import override

CALLER_SECURITY: list[SecurityRequirement] = [{"bearer": []}, {"cookie": []}]
"""A token or API key in the header, or the cookie of a browser."""


class _NoRoutes(Router):
    """Takes the place of the router on which Litestar serves the document and its own pages, and serves nothing."""

    @override
    def register(self, value: ControllerRouterHandler) -> list[BaseRoute]:
        return []


def openapi_config(*, title: str, version: str, description: str, tags: Sequence[Tag]) -> OpenAPIConfig:
    """Describe an app whose routes take bearer tokens."""
    bearer = SecurityScheme(
        type="http",
        scheme="bearer",
        description="The access token from `/v1/token`, or an API key from `/v1/api-keys`.",
    )
    cookie = SecurityScheme(
        type="apiKey",
        security_scheme_in="cookie",
        name="tracklift_access",
        description="What `/v1/session` sets for a browser; by https its name begins with `__Host-`. A request that "
        "changes something must come from a page of the same origin.",
    )
    return OpenAPIConfig(
        title=title,
        version=version,
        description=description,
        license=License(name="Apache-2.0", identifier="Apache-2.0"),
        contact=Contact(name="Tracklift"),
        tags=list(tags),
        components=Components(security_schemes={"bearer": bearer, "cookie": cookie}),
        # Document and page have routes of their own (`documentation_routes`), which need nothing from another host.
        openapi_router=_NoRoutes("/schema", route_handlers=[]),
        # None would mean all of Litestar's pages.
        render_plugins=(JsonRenderPlugin(),),
    )
