"""Reading answers: what was asked for, or the problem that the server names instead."""

from collections.abc import Mapping
from typing import Any, TypeVar

import msgspec

from tracklift_client.errors import ProblemError, UnexpectedAnswerError
from tracklift_client.steps import Head, Steps, read_whole

T = TypeVar("T")
MOST_BYTES = 32 * 2**20
"""Of an answer that is read whole: a hundred conversions with all their tracks take a tenth of it."""
_MOST_OF_PROBLEM = 64 * 1024


def checked(head: Head) -> Steps[Head]:
    """Let an answer pass that is no problem.

    Raises:
        ProblemError: the server declines.
        UnexpectedAnswerError: a redirect, which no route of Tracklift answers with.
    """
    if head.status < 300 or head.status == 304:
        return head
    if head.status < 400:
        target = head.headers.get("location", "elsewhere")
        raise UnexpectedAnswerError(
            f"The server sends to {target}: log in at the address where it really is."
        )
    raise problem_of(head, (yield from read_whole(_MOST_OF_PROBLEM)))


def problem_of(head: Head, body: bytes) -> ProblemError:
    """Read a problem; what a proxy answers of its own gets the code `http_` and its status."""
    members = _members(body)
    code, detail = members.get("code"), members.get("detail")
    if not (isinstance(code, str) and isinstance(detail, str)):
        code, detail = f"http_{head.status}", f"The server answers with status {head.status}."
    return ProblemError(head.status, code, detail, retry_after=_retry_after(head), members=members)


def decoded(body: bytes, kind: type[T]) -> T:
    """Read JSON. Raises `UnexpectedAnswerError`."""
    try:
        return msgspec.json.decode(body, type=kind)
    except msgspec.MsgspecError as error:
        raise UnexpectedAnswerError(
            f"The answer is not one of a Tracklift server, or of another release: {error}."
        ) from error


def _members(body: bytes) -> Mapping[str, Any]:
    try:
        return msgspec.json.decode(body, type=dict[str, Any])
    except (msgspec.MsgspecError, RecursionError):
        return {}


def _retry_after(head: Head) -> float | None:
    text = head.headers.get("retry-after", "").strip()
    return float(text) if text.isascii() and text.isdigit() and len(text) < 9 else None
