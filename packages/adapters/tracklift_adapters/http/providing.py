"""How handlers are given what an app's container holds."""

from collections.abc import Callable
from typing import Annotated, TypeAlias, TypeVar

from litestar.di import Dependency, Provide
from litestar.params import SkipValidationMarker

_T = TypeVar("_T")

Given: TypeAlias = Annotated[_T, Dependency(kind="named"), SkipValidationMarker()]
"""Marks a handler's argument that the app provides by its name. It is not checked at run time: a port is a protocol."""


def provide(give: Callable[[], object]) -> Provide:
    """Make a provider out of anything that gives the object when called; the handler's annotation names its type."""

    def given() -> object:
        return give()

    return _Provided(given, sync_to_thread=False)


class _Provided(Provide):
    """Equal to itself alone.

    Litestar compares each provider with each other for each handler: 400,000 times for the gateway, which is a third
    of the time that it takes to make the application if attributes are compared.
    """

    __eq__ = object.__eq__
    __hash__ = object.__hash__
