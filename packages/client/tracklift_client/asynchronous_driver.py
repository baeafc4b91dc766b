"""Carries out steps on an event loop."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Iterator
from contextlib import aclosing, closing
from typing import Any, Never

import httpx

from tracklift_client.connection import head_of, headers_of
from tracklift_client.driver_errors import translated
from tracklift_client.steps import (
    Body,
    Close,
    E,
    Emit,
    Emitting,
    Head,
    Open,
    Read,
    Request,
    Step,
    Steps,
    T,
    Wait,
    Work,
)


class AsynchronousDriver:
    """Carries out the steps of operations, each with one answer open at a time; files are used in threads."""

    def __init__(self, http: httpx.AsyncClient) -> None:
        self._http = http

    async def run(self, steps: Steps[T]) -> T:
        """Carry out an operation that emits nothing."""
        result: list[T] = []
        performing: AsyncGenerator[Never, None] = self._perform(steps, result)
        async with aclosing(performing):
            await anext(performing, None)
        return result[0]

    async def iterate(self, steps: Emitting[E, Any]) -> AsyncGenerator[E, None]:
        """Carry out an operation and give what it emits."""
        async with aclosing(self._perform(steps, [])) as performing:
            async for value in performing:
                yield value

    async def _perform(self, steps: Emitting[E, T], results: list[T]) -> AsyncGenerator[E, None]:
        with closing(steps):
            async with aclosing(_OpenAnswer(self._http)) as answer:
                result: Any = None
                failure: Exception | None = None
                while True:
                    try:
                        step = steps.send(result) if failure is None else steps.throw(failure)
                    except StopIteration as end:
                        results.append(end.value)
                        return
                    result, failure = None, None
                    if isinstance(step, Emit):
                        yield step.value
                        continue
                    try:
                        result = await answer.carry_out(step)
                    except Exception as error:  # noqa: BLE001  # the steps decide, and raise what they can't handle
                        failure = error


class _OpenAnswer:
    """The answer that is being read, if any."""

    def __init__(self, http: httpx.AsyncClient) -> None:
        self._http = http
        self._response: httpx.Response | None = None
        self._pieces: AsyncIterator[bytes] | None = None

    async def carry_out(self, step: Step) -> Any:  # noqa: ANN401  # each kind of step has its own result
        match step:
            case Open(request):
                return await self._open(request)
            case Read():
                return await self._read()
            case Close():
                return await self.aclose()
            case Wait(seconds):
                return await asyncio.sleep(seconds)
            case Work(call):
                return await asyncio.to_thread(call)
        raise TypeError(step)

    async def aclose(self) -> None:
        """End the answer."""
        response, self._response, self._pieces = self._response, None, None
        if response is not None:
            with translated():
                await response.aclose()

    async def _open(self, request: Request) -> Head:
        await self.aclose()
        content = _pieces_of(request.content) if isinstance(request.content, Body) else request.content
        with translated():
            built = self._http.build_request(
                request.method,
                request.path,
                params=request.query or None,
                headers=headers_of(request),
                content=content,
            )
            self._response = await self._http.send(built, stream=True)
        self._pieces = self._response.aiter_bytes()
        return head_of(self._response)

    async def _read(self) -> bytes:
        if self._pieces is None:
            return b""
        with translated():
            return await anext(self._pieces, b"")


async def _pieces_of(body: Body) -> AsyncIterator[bytes]:
    pieces: Iterator[bytes] = body.read()
    while piece := await asyncio.to_thread(next, pieces, b""):
        yield piece
