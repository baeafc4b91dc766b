"""Carries out steps in the thread of the caller."""

import time
from collections.abc import Generator
from contextlib import closing
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


class BlockingDriver:
    """Carries out the steps of operations, each with one answer open at a time."""

    def __init__(self, http: httpx.Client) -> None:
        self._http = http

    def run(self, steps: Steps[T]) -> T:
        """Carry out an operation that emits nothing."""
        performing: Generator[Never, None, T] = self.iterate(steps)
        while True:
            try:
                next(performing)
            except StopIteration as end:
                return end.value  # type: ignore[no-any-return]  # typed as what the steps return

    def iterate(self, steps: Emitting[E, T]) -> Generator[E, None, T]:
        """Carry out an operation and give what it emits."""
        with closing(steps), closing(_OpenAnswer(self._http)) as answer:
            result: Any = None
            failure: Exception | None = None
            while True:
                try:
                    step = steps.send(result) if failure is None else steps.throw(failure)
                except StopIteration as end:
                    return end.value  # type: ignore[no-any-return]  # as in `run`
                result, failure = None, None
                if isinstance(step, Emit):
                    yield step.value
                    continue
                try:
                    result = answer.carry_out(step)
                except Exception as error:  # noqa: BLE001  # the steps decide, and raise what they can't handle
                    failure = error


class _OpenAnswer:
    """The answer that is being read, if any."""

    def __init__(self, http: httpx.Client) -> None:
        self._http = http
        self._response: httpx.Response | None = None
        self._pieces: Any = iter(())

    def carry_out(self, step: Step) -> Any:  # noqa: ANN401  # each kind of step has its own result
        match step:
            case Open(request):
                return self._open(request)
            case Read():
                with translated():
                    return next(self._pieces, b"")
            case Close():
                return self.close()
            case Wait(seconds):
                return time.sleep(seconds)
            case Work(call):
                return call()
        raise TypeError(step)

    def close(self) -> None:
        """End the answer."""
        response, self._response, self._pieces = self._response, None, iter(())
        if response is not None:
            with translated():
                response.close()

    def _open(self, request: Request) -> Head:
        self.close()
        content = request.content.read() if isinstance(request.content, Body) else request.content
        with translated():
            built = self._http.build_request(
                request.method,
                request.path,
                params=request.query or None,
                headers=headers_of(request),
                content=content,
            )
            self._response = self._http.send(built, stream=True)
        self._pieces = self._response.iter_bytes()
        return head_of(self._response)
