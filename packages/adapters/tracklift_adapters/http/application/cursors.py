"""Positions in a list as opaque text."""

import base64
from collections.abc import Callable
from typing import TypeVar

from tracklift_adapters.http.problems.problems import Problem
from tracklift_domain.errors import DomainError

INVALID_CURSOR = (400, "invalid_cursor")
_Position = TypeVar("_Position")


def encode_cursor(text: str) -> str:
    """Encode the text of a position, so that it needs no escaping in an address (base64url, RFC 4648, section 5)."""
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def decode_cursor(cursor: str, read: Callable[[str], _Position]) -> _Position:
    """Decode a cursor that a client sent back, and read the text of its position.

    Raises:
        Problem: 400 `invalid_cursor`, if it can't be decoded, or `read` can't take the text.
    """
    try:
        padded = cursor.encode() + b"=" * (-len(cursor) % 4)
        return read(base64.urlsafe_b64decode(padded).decode())
    except (ValueError, TypeError, OverflowError, DomainError) as error:
        status, code = INVALID_CURSOR
        raise Problem(status, code, "This cursor was not given out here: begin without one.") from error
