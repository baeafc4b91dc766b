"""Positions in a list of conversions as opaque text."""

import json
import re
from datetime import UTC, datetime

from tracklift_adapters.http.application.cursors import decode_cursor, encode_cursor
from tracklift_domain.conversion.ports import ListPosition
from tracklift_domain.identifiers import ConversionId

_ID = re.compile(r"[0-9a-f]{32}", re.ASCII)


def write_cursor(position: ListPosition) -> str:
    """Write a position for a client to send back."""
    return encode_cursor(json.dumps([position.created_at.isoformat(), position.conversion_id]))


def read_cursor(cursor: str) -> ListPosition:
    """Read a position that a client sent back. Raises `Problem` (400 `invalid_cursor`)."""
    return decode_cursor(cursor, _read)


def _read(text: str) -> ListPosition:
    created_at, conversion_id = json.loads(text)
    timestamp = datetime.fromisoformat(created_at)
    if timestamp.tzinfo is None or not _ID.fullmatch(conversion_id):
        raise ValueError("not a position")
    # Converted here, since a timestamp near the end of the calendar has no equivalent in UTC.
    return ListPosition(timestamp.astimezone(UTC), ConversionId(conversion_id))
