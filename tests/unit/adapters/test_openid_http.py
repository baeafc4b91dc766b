"""Another's server: its answers are bounded, and what it says is asked for once."""

import asyncio
import gzip
from collections.abc import AsyncIterator
from datetime import timedelta

import httpx2
import pytest

from tests.contracts.examples import NOW
from tracklift_adapters.in_memory.clock import ManualClock
from tracklift_adapters.openid.bounded_transport import BoundedTransport
from tracklift_adapters.openid.remembered import Remembered


def client_of(content: bytes, headers: dict[str, str] | None = None) -> httpx2.AsyncClient:
    async def in_chunks() -> AsyncIterator[bytes]:
        for start in range(0, len(content), 7):
            yield content[start : start + 7]

    def answer(request: httpx2.Request) -> httpx2.Response:
        assert request.headers["Accept-Encoding"] == "identity"
        return httpx2.Response(200, content=in_chunks(), headers=headers)

    return httpx2.AsyncClient(transport=BoundedTransport(httpx2.MockTransport(answer), 100))


async def test_an_answer_may_be_as_long_as_the_bound() -> None:
    async with client_of(b"x" * 100) as client:
        assert (await client.get("https://provider")).content == b"x" * 100


async def test_a_longer_answer_is_broken_off() -> None:
    async with client_of(b"x" * 101) as client:
        with pytest.raises(httpx2.RemoteProtocolError, match="more than 100 bytes"):
            await client.get("https://provider")


async def test_a_compressed_answer_is_not_taken() -> None:
    """This one has 1 MB in fewer bytes than the bound."""
    bomb = gzip.compress(gzip.compress(b"x" * 1_000_000))
    async with client_of(bomb, {"Content-Encoding": "gzip"}) as client:
        with pytest.raises(httpx2.RemoteProtocolError, match="compressed"):
            await client.get("https://provider")


class Counter:
    """Fetches numbers, one after the other, once it may."""

    def __init__(self) -> None:
        self.fetched = 0
        self.may = asyncio.Event()
        self.may.set()
        self.error: Exception | None = None

    async def __call__(self) -> int:
        await self.may.wait()
        self.fetched += 1
        if self.error:
            raise self.error
        return self.fetched


async def test_what_is_known_is_fetched_again_when_it_is_too_old() -> None:
    clock, counter = ManualClock(NOW), Counter()
    remembered = Remembered(counter, clock, lasts=timedelta(hours=1))
    assert [await remembered.get(), await remembered.get()] == [1, 1]

    clock.advance(timedelta(hours=1))

    assert [await remembered.get(), await remembered.get()] == [2, 2]


async def test_many_who_ask_at_once_wait_for_one_answer() -> None:
    counter = Counter()
    counter.may.clear()
    remembered = Remembered(counter, ManualClock(NOW), lasts=timedelta(hours=1))
    asking = [asyncio.create_task(remembered.get()) for _ in range(20)]
    counter.may.set()

    assert set(await asyncio.gather(*asking)) == {1}


async def test_what_is_of_no_use_is_fetched_again_once_for_all_who_say_so() -> None:
    counter = Counter()
    remembered = Remembered(counter, ManualClock(NOW), lasts=timedelta(hours=1))
    known = await remembered.get()

    again = await asyncio.gather(*(remembered.get(instead_of=known) for _ in range(5)))

    assert set(again) == {2}


async def test_a_failure_is_not_remembered() -> None:
    counter = Counter()
    remembered = Remembered(counter, ManualClock(NOW), lasts=timedelta(hours=1))
    counter.error = OSError("down")
    with pytest.raises(OSError, match="down"):
        await remembered.get()
    counter.error = None

    assert await remembered.get() == 2
