"""The methods that the paths of an application allow."""

from collections.abc import Sequence

from litestar import MediaType, Response, route
from litestar.enums import HttpMethod
from litestar.handlers import HTTPRouteHandler
from litestar.types import ControllerRouterHandler


def with_allowed_methods(routes: Sequence[ControllerRouterHandler]) -> list[ControllerRouterHandler]:
    """Prepend handlers that answer OPTIONS with all methods of a path, where no other handler does.

    Litestar's own name only the methods of the first handler of a path, and it adds none where one exists.
    """
    methods: dict[str, set[str]] = {}
    for handler in routes:
        if isinstance(handler, HTTPRouteHandler):  # Otherwise it is a router of files.
            for path in handler.paths:
                methods.setdefault(path, set()).update(handler.http_methods)
    # One handler for all paths with the same methods, since Litestar takes a while to prepare each.
    paths: dict[frozenset[str], list[str]] = {}
    for path, taken in methods.items():
        if HttpMethod.OPTIONS not in taken:
            paths.setdefault(frozenset(taken), []).append(path)
    return [*(_options(alike, taken) for taken, alike in paths.items()), *routes]


def _options(paths: list[str], taken: frozenset[str]) -> HTTPRouteHandler:
    allow = {"Allow": ", ".join(sorted({*taken, HttpMethod.OPTIONS.value}))}

    @route(paths, http_method=[HttpMethod.OPTIONS], include_in_schema=False, sync_to_thread=False)
    def tell_methods() -> Response[None]:
        return Response(None, status_code=204, headers=allow, media_type=MediaType.TEXT)

    return tell_methods
