from collections.abc import AsyncIterator

import pytest
from typing_extensions import override

from tests.unit.workshop import in_chunks
from tracklift_domain.closing_stream import closing_stream


class OneByte(AsyncIterator[bytes]):
    """A stream that is no generator and has nothing to close."""

    @override
    async def __anext__(self) -> bytes:
        return b"x"


async def test_a_generator_is_closed_wherever_its_reader_stops() -> None:
    chunks = in_chunks(b"1", b"2", b"3")
    async with closing_stream(chunks) as stream:
        assert await anext(aiter(stream)) == b"1"
    assert await anext(chunks, None) is None


async def test_a_generator_is_closed_when_its_reader_fails() -> None:
    chunks = in_chunks(b"1", b"2", b"3")
    with pytest.raises(ValueError, match="a mistake"):
        async with closing_stream(chunks):
            raise ValueError("a mistake")
    assert await anext(chunks, None) is None


async def test_a_stream_that_cannot_be_closed_is_left_as_it_is() -> None:
    stream = OneByte()
    async with closing_stream(stream):
        pass
    assert await anext(stream) == b"x"
