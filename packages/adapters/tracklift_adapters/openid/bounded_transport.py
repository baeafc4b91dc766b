"""HTTP whose answers are bounded, as another's server decides how long they are."""

from collections.abc import AsyncIterator

import httpx2
from typing_extensions import override


class BoundedTransport(httpx2.AsyncBaseTransport):
    """Passes requests on, and breaks off an answer that grows beyond a bound.

    It takes no compressed answer: a few of its bytes could be a thousand times as many in memory.

    Raises:
        httpx2.RemoteProtocolError: the answer is too long, or compressed.
    """

    def __init__(self, transport: httpx2.AsyncBaseTransport, most_bytes: int) -> None:
        self._transport = transport
        self._most_bytes = most_bytes

    @override
    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        request.headers["Accept-Encoding"] = "identity"
        response = await self._transport.handle_async_request(request)
        if response.headers.get("Content-Encoding", "identity") != "identity":
            await response.aclose()
            raise httpx2.RemoteProtocolError("its answer is compressed", request=request)
        assert isinstance(response.stream, httpx2.AsyncByteStream)  # noqa: S101  # an asynchronous transport gives one
        return httpx2.Response(
            response.status_code,
            headers=response.headers,
            stream=_BoundedStream(response.stream, self._most_bytes, request),
            extensions=response.extensions,
        )

    @override
    async def aclose(self) -> None:
        await self._transport.aclose()


class _BoundedStream(httpx2.AsyncByteStream):
    def __init__(self, stream: httpx2.AsyncByteStream, most_bytes: int, request: httpx2.Request) -> None:
        self._stream = stream
        self._most_bytes = most_bytes
        self._request = request

    @override
    async def __aiter__(self) -> AsyncIterator[bytes]:
        count = 0
        async for chunk in self._stream:
            count += len(chunk)
            if count > self._most_bytes:
                raise httpx2.RemoteProtocolError(
                    f"its answer has more than {self._most_bytes} bytes", request=self._request
                )
            yield chunk

    @override
    async def aclose(self) -> None:
        await self._stream.aclose()
