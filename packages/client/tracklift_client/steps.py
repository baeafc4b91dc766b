"""What the client does, as steps that a driver carries out: one that blocks, or one on an event loop.

Each operation is a generator. It yields a step, gets the step's result back, and returns the operation's result. It
does no input or output itself, so that it is written once for both drivers.
"""

from collections.abc import Callable, Generator, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

T = TypeVar("T")
E = TypeVar("E")
Query = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Body:
    """The body of a request in pieces; `read` gives them from the begin each time it is called."""

    size: int
    """Bytes."""
    read: Callable[[], Iterator[bytes]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """A request to the server; `path` begins behind its address."""

    method: str
    path: str
    query: Query = ()
    headers: Mapping[str, str] = field(default_factory=dict)
    content: bytes | Body = b""


@dataclass(frozen=True, slots=True)
class Head:
    """The begin of an answer; the names of headers in small letters."""

    status: int
    headers: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Open:
    """Send a request and give the `Head` of the answer. It ends the answer before. Raises `ConnectionLostError`."""

    request: Request


@dataclass(frozen=True, slots=True)
class Read:
    """Give the next bytes of the answer's body, none at its end. Raises `ConnectionLostError`."""


@dataclass(frozen=True, slots=True)
class Close:
    """End the answer, whether it was read or not."""


@dataclass(frozen=True, slots=True)
class Wait:
    """Do nothing for some seconds."""

    seconds: float


@dataclass(frozen=True, slots=True)
class Work:
    """Call what may block for long, such as reading a file, and give its result."""

    call: Callable[[], Any]


@dataclass(frozen=True, slots=True)
class Emit(Generic[E]):
    """Hand a value to the caller, who iterates."""

    value: E


Step = Open | Read | Close | Wait | Work
Steps = Generator[Step, Any, T]
"""An operation with a result."""
Emitting = Generator[Step | Emit[E], Any, T]
"""An operation that hands out values on its way to a result."""


def work(call: Callable[[], T]) -> Steps[T]:
    """Call what may block, and give its result."""
    result: T = yield Work(call)
    return result


def read_whole(most: int) -> Steps[bytes]:
    """Read the body of the answer, but no more than `most` bytes of it, and end the answer."""
    whole = bytearray()
    while len(whole) < most:
        part: bytes = yield Read()
        if not part:
            break
        whole += part
    yield Close()
    return bytes(whole[:most])
