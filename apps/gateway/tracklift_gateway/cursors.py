"""Positions in a list as opaque text."""

import base64
import json
import re
from datetime import UTC, datetime

from tracklift_adapters.http.problems.problems import Problem
from tracklift_domain.conversion.ports import ListPosition
from tracklift_domain.identifiers import ConversionId

_ID = re.compile(r"[0-9a-f]{32}", re.ASCII)


def write_cursor(position: ListPosition) -> str:
    """Write a position for a client to send back."""
    text = json.dumps([position.created_at.isoformat(), position.conversion_id])
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def read_cursor(cursor: str) -> ListPosition:
    """Read a position that a client sent back. Raises `Problem` (400 `invalid_cursor`)."""
    try:
        padded = cursor.encode() + b"=" * (-len(cursor) % 4)
        created_at, conversion_id = json.loads(base64.urlsafe_b64decode(padded))
        moment = datetime.fromisoformat(created_at)
        if moment.tzinfo is None or not _ID.fullmatch(conversion_id):
            raise ValueError("not a position")
        # Here, as a moment near the end of the calendar has none in UTC.
        moment = moment.astimezone(UTC)
    except (ValueError, TypeError, OverflowError) as error:
        raise Problem(
            400, "invalid_cursor", "This cursor was not given out here: begin without one."
        ) from error
    return ListPosition(moment, ConversionId(conversion_id))
