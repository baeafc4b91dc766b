"""How handlers are given what an app's container holds."""

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
"""Marks a handler's argument that the app provides by its name. It is not checked at run time: a port is a protocol."""


def provide(give: Callable[[], object]) -> Provide:
    """Make a provider out of anything that gives the object when called; the handler's annotation names its type."""

    def given() -> object:
        return give()

    return Provide(given, sync_to_thread=False)


def with_what_they_ask_for(
    routes: Sequence[ControllerRouterHandler], dependencies: Mapping[str, Provide]
) -> list[ControllerRouterHandler]:
    """Give each handler those of an app's dependencies that it asks for by name, and those that these ask for.

    Given to the app as a whole, each handler would have all of them, also those that Litestar makes to answer OPTIONS,
    and Litestar compares all of a handler's with each other: a quarter of the time that it takes to make the gateway.
    """
    return [_with_what_it_asks_for(route, dependencies) for route in routes]


def _with_what_it_asks_for(
    route: ControllerRouterHandler, dependencies: Mapping[str, Provide]
) -> ControllerRouterHandler:
    if not isinstance(route, HTTPRouteHandler):
        return route  # A router of files, which asks for nothing.
    # A copy, as several apps may serve the same handler.
    handler = copy(route)
    handler.dependencies = {name: dependencies[name] for name in _asked_for(route.fn, dependencies)}
    return handler


def _asked_for(function: Callable[..., Any], dependencies: Mapping[str, Provide]) -> Iterator[str]:
    for name in signature(function).parameters:
        if name in dependencies:
            yield name
            yield from _asked_for(dependencies[name].dependency, dependencies)
