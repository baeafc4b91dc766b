"""Dependencies of handlers, from an app's container."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from copy import copy
from inspect import signature
from typing import Annotated, Any, TypeAlias, TypeVar

from litestar.di import Dependency, Provide
from litestar.handlers import HTTPRouteHandler
from litestar.params import SkipValidationMarker
from litestar.types import ControllerRouterHandler

_T = TypeVar("_T")

Given: TypeAlias = Annotated[_T, Dependency(kind="named"), SkipValidationMarker()]
"""Marks a handler's argument that the app provides by name. It is not validated at run time: a port is a protocol."""


def provide(give: Callable[[], object]) -> Provide:
    """Make a provider from any callable that returns the object; the handler's annotation gives its type."""

    def given() -> object:
        return give()

    return Provide(given, sync_to_thread=False)


def with_what_they_ask_for(
    routes: Sequence[ControllerRouterHandler], dependencies: Mapping[str, Provide]
) -> list[ControllerRouterHandler]:
    """Give each handler only those of an app's dependencies that it names, and those that these need.

    If they were given to the app as a whole, each handler would have all of them, including Litestar's own for
    OPTIONS, and Litestar compares all of a handler's with each other: a quarter of the time that it takes to
    make the gateway.
    """
    return [_with_what_it_asks_for(route, dependencies) for route in routes]


def _with_what_it_asks_for(
    route: ControllerRouterHandler, dependencies: Mapping[str, Provide]
) -> ControllerRouterHandler:
    if not isinstance(route, HTTPRouteHandler):
        return route  # A router of files, which has no dependencies.
    # A copy, since several apps may serve the same handler.
    handler = copy(route)
    handler.dependencies = {name: dependencies[name] for name in _asked_for(route.fn, dependencies)}
    return handler


def _asked_for(function: Callable[..., Any], dependencies: Mapping[str, Provide]) -> Iterator[str]:
    for name in signature(function).parameters:
        if name in dependencies:
            yield name
            yield from _asked_for(dependencies[name].dependency, dependencies)
