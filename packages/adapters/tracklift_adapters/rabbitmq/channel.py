import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NoReturn, TypeVar

from pika import spec
from pika.adapters.asyncio_connection import AsyncioConnection
from pika.channel import Channel as DriverChannel
from pika.exceptions import AMQPError
from pika.frame import Method

from tracklift_adapters.rabbitmq.errors import SERVICE, driver_errors_translated, translate
from tracklift_domain.errors import ServiceUnavailableError

Result = TypeVar("Result")

_CLOSING_TAKES = 2.0
"""Seconds that the broker has to confirm it."""


@dataclass(frozen=True, slots=True)
class Message:
    """A message as it came. Its tag is good for the channel on which it came only."""

    tag: int
    properties: spec.BasicProperties
    body: bytes


class Channel:
    """One channel, whose every question has an answer or raises: pika's callbacks as coroutines."""

    def __init__(self, connection: AsyncioConnection, patience: float) -> None:
        """Begin to open a channel; `open` completes it. An answer is waited for `patience` seconds."""
        self._patience = patience
        self._waiting: set[asyncio.Future[Any]] = set()
        self._failure: Exception | None = None
        self._opened: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._closed = asyncio.Event()
        self._got: asyncio.Future[Message | None] | None = None
        with driver_errors_translated():
            self.driver: DriverChannel = connection.channel(
                on_open_callback=lambda _: _set(self._opened, None)
            )
        self.driver.add_on_close_callback(self._on_close)
        self.driver.add_callback(self._on_nothing_got, [spec.Basic.GetEmpty], one_shot=False)

    @property
    def is_open(self) -> bool:
        """Whether acknowledgements reach the broker through it."""
        return self._failure is None and self.driver.is_open

    async def open(self) -> "Channel":
        """Wait until it is open. One that does not open is closed."""
        try:
            await self.answer(self._opened)
        except BaseException:
            self.begin_to_close()
            raise
        return self

    async def call(self, method: Callable[..., object], *arguments: object, **named: object) -> "Method[Any]":
        """Call a method of `driver` that takes a callback, and give the frame with the broker's answer.

        Raises:
            ChannelClosedError: the broker refuses it.
            NotConnectedError: the connection is lost.
            ServiceUnavailableError: the broker does not answer.
        """
        answer: asyncio.Future[Method[Any]] = asyncio.get_running_loop().create_future()
        with driver_errors_translated():
            method(*arguments, callback=lambda frame: _set(answer, frame), **named)
        return await self.answer(answer)

    async def answer(self, future: "asyncio.Future[Result]", *, for_ever: bool = False) -> Result:
        """Wait for something that comes over this channel, at the latest until the channel closes."""
        if self._failure is not None:
            raise self._failure
        self._waiting.add(future)
        try:
            async with asyncio.timeout(None if for_ever else self._patience):
                return await future
        except TimeoutError as error:
            raise ServiceUnavailableError(SERVICE, f"no answer within {self._patience:g} s") from error
        finally:
            self._waiting.discard(future)

    async def until_closed(self) -> NoReturn:
        """Wait until nothing comes over this channel any more, and raise why."""
        await self.answer(asyncio.get_running_loop().create_future(), for_ever=True)
        raise AssertionError("only the end of the channel ends the wait")

    async def get(self, queue: str) -> Message | None:
        """Take one message without acknowledging it, or find that there is none. One call at a time."""
        self._got = asyncio.get_running_loop().create_future()
        with driver_errors_translated():
            self.driver.basic_get(queue, self._on_got)
        return await self.answer(self._got)

    def begin_to_close(self) -> None:
        """Close it some time soon: what came on it and was not acknowledged goes back into its queue."""
        if not (self.driver.is_closed or self.driver.is_closing):
            self.driver.close()

    async def close(self) -> None:
        """Close it and wait for the broker to have done so. Closing twice is not an error."""
        self.begin_to_close()
        try:
            async with asyncio.timeout(_CLOSING_TAKES):
                await self._closed.wait()
        except TimeoutError:
            # The broker does not answer; the heartbeat finds out in time.
            return

    def fail(self, error: Exception) -> None:
        """Let everybody who waits, now or later, know that nothing comes over this channel any more."""
        if self._failure is None:
            self._failure = error
        for future in self._waiting:
            if not future.done():
                future.set_exception(error)

    def _on_close(self, _: DriverChannel, reason: Exception) -> None:
        error = translate(reason)
        error.__cause__ = reason if isinstance(reason, AMQPError) else None
        self.fail(error)
        self._closed.set()

    def _on_got(
        self, _: DriverChannel, method: spec.Basic.GetOk, properties: spec.BasicProperties, body: bytes
    ) -> None:
        if self._got is not None:
            _set(self._got, Message(method.delivery_tag or 0, properties, body))

    def _on_nothing_got(self, _: object) -> None:
        if self._got is not None:
            _set(self._got, None)


def _set(future: "asyncio.Future[Result]", result: Result) -> None:
    if not future.done():
        future.set_result(result)
