"""The routes of an app's OpenAPI document and of its interactive page."""

import importlib.resources
from collections.abc import Mapping
from functools import cache
from typing import Any

from litestar import Litestar, MediaType, Request, Response, get
from litestar.serialization import encode_json
from litestar.static_files import create_static_files_router
from litestar.types import ControllerRouterHandler

_ASSETS = "/docs/assets"
_PAGE = f"""<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <title>Tracklift API</title>
    <link rel="stylesheet" href="{_ASSETS}/swagger-ui.css">
    <link rel="icon" href="{_ASSETS}/favicon-32x32.png">
  </head>
  <body>
    <div id="page"></div>
    <script src="{_ASSETS}/swagger-ui-bundle.js"></script>
    <script src="/docs/page.js"></script>
  </body>
</html>
"""
# A file of its own, so that the page's security policy need not allow inline scripts.
_SCRIPT = """SwaggerUIBundle({
  url: "/v1/openapi.json",
  dom_id: "#page",
  deepLinking: true,
  persistAuthorization: false,
  validatorUrl: null,
  tryItOutEnabled: true,
});
"""
_POLICY = (
    # The viewer's style sheet holds its icons as data.
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "form-action 'none'; frame-ancestors 'none'; base-uri 'none'"
)


def documentation_routes(passed_on: Mapping[str, Any] | None = None) -> list[ControllerRouterHandler]:
    """Make `/v1/openapi.json` and the page `/docs`, whose scripts come from the installed package alone.

    Args:
        passed_on: The OpenAPI document of another app, whose operations are reached through this one.
    """

    @cache
    def written(app: Litestar) -> bytes:
        return encode_json(_joined(app.openapi_schema.to_schema(), passed_on or {}))

    @get("/v1/openapi.json", include_in_schema=False, sync_to_thread=False)
    def document(request: Request[Any, Any, Any]) -> Response[bytes]:
        return Response(written(request.app), media_type="application/vnd.oai.openapi+json")

    @get("/docs", include_in_schema=False, media_type=MediaType.HTML, sync_to_thread=False)
    def page() -> Response[str]:
        return Response(_PAGE, media_type=MediaType.HTML, headers={"Content-Security-Policy": _POLICY})

    @get("/docs/page.js", include_in_schema=False, sync_to_thread=False)
    def script() -> Response[str]:
        return Response(_SCRIPT, media_type="text/javascript")

    assets = importlib.resources.files("swagger_ui") / "static"
    return [
        document,
        page,
        script,
        create_static_files_router(path=_ASSETS, directories=[str(assets)], include_in_schema=False),
    ]


def _joined(document: dict[str, Any], other: Mapping[str, Any]) -> dict[str, Any]:
    components = document["components"]
    schemas = {**other.get("components", {}).get("schemas", {}), **components.get("schemas", {})}
    return {
        **document,
        "paths": {**other.get("paths", {}), **document["paths"]},
        "components": {**components, "schemas": schemas},
    }
