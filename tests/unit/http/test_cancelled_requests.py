"""A request that is cancelled is answered where it still can be."""

import asyncio
import json
from typing import Any

import pytest

from tracklift_adapters.http.server.cancelled_requests import CancelledRequests

START = {"type": "http.response.start", "status": 200, "headers": []}


async def cancelled(app: Any, *, kind: str = "http") -> list[Any]:
    """Let an application wait, cancel it, and give what it sent."""
    sent: list[Any] = []
    waits = asyncio.Event()

    async def send(message: Any) -> None:
        sent.append(message)

    async def receive() -> Any:
        waits.set()
        await asyncio.Event().wait()

    task = asyncio.ensure_future(CancelledRequests(app)({"type": kind}, receive, send))  # type: ignore[arg-type]  # all that is read of a scope
    await waits.wait()
    task.cancel()
    await asyncio.gather(task)
    return sent


async def test_a_request_without_an_answer_is_told_to_try_again() -> None:
    async def app(_scope: Any, receive: Any, _send: Any) -> None:
        await receive()

    start, body = await cancelled(app)

    assert start["status"] == 503
    assert dict(start["headers"])[b"retry-after"].isdigit()
    assert dict(start["headers"])[b"content-type"] == b"application/problem+json"
    problem = json.loads(body["body"])
    assert (problem["status"], problem["code"]) == (503, "service_unavailable")
    assert not body["more_body"]


async def test_an_answer_that_has_begun_breaks_off() -> None:
    async def app(_scope: Any, receive: Any, send: Any) -> None:
        await send(START)
        await receive()

    with pytest.raises(asyncio.CancelledError):
        await cancelled(app)


async def test_what_is_no_request_is_not_answered() -> None:
    async def app(_scope: Any, receive: Any, _send: Any) -> None:
        await receive()

    with pytest.raises(asyncio.CancelledError):
        await cancelled(app, kind="lifespan")
