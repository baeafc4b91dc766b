"""Closes at the end what was made on the way."""

import inspect
from collections.abc import Callable
from contextlib import AsyncExitStack
from typing import Any, TypeVar

_T = TypeVar("_T")


def closing(make: Callable[..., _T], close: Callable[[_T], object]) -> Callable[..., _T]:
    """Make a factory of things that an exit stack closes, the last one that was made first.

    The stack is the factory's first argument; the others are those of `make`. `close` may be a coroutine function.
    """

    def made(exits: AsyncExitStack, *args: Any, **kwargs: Any) -> _T:  # noqa: ANN401  # whatever `make` takes
        thing = make(*args, **kwargs)

        async def close_it() -> None:
            result = close(thing)
            if inspect.isawaitable(result):
                await result

        exits.push_async_callback(close_it)
        return thing

    return made
