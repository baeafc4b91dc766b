"""Closes resources at the end of a process."""

import inspect
from collections.abc import Callable
from contextlib import AsyncExitStack
from typing import Any, TypeVar

_T = TypeVar("_T")


def closing(make: Callable[..., _T], close: Callable[[_T], object]) -> Callable[..., _T]:
    """Return a factory whose products an exit stack closes, in reverse order of creation.

    The factory's first argument is the stack; the others are those of `make`. `close` may be a coroutine function.
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
