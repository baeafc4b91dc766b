"""What travels with an event in the properties of its message."""

import hashlib
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from pika import DeliveryMode
from pika.spec import BasicProperties

from tracklift_adapters.rabbitmq.channel import Message
from tracklift_domain.events import Event
from tracklift_domain.messaging.delivery import DeadLetterRecord
from tracklift_runtime.cloud_events import CONTENT_TYPE

_FAILURES = "x-tracklift-failures"
_DUE = "x-tracklift-due"
_LETTER = "x-tracklift-letter"
_REASON = "x-tracklift-reason"
_DIED_AT = "x-tracklift-died-at"

_LONGEST_REASON = 8 * 1024
"""Bytes. All properties together must fit into one frame (128 KiB by default)."""
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


def properties_of(event: Event) -> BasicProperties:
    """Describe an event that is published."""
    return BasicProperties(
        content_type=CONTENT_TYPE,
        delivery_mode=DeliveryMode.Persistent,
        message_id=event.id,
        type=event.type,
    )


def failures_of(message: Message) -> int:
    """Tell how often in a row the handler has raised for it."""
    return _number(message, _FAILURES)


def due_of(message: Message) -> datetime:
    """Tell when it may be handled, by the clock of the process that sent it to wait."""
    return _timestamp(message, _DUE)


def waiting(message: Message, *, failures: int, due: datetime) -> BasicProperties:
    """Describe a message that is to be redelivered."""
    return _moved(message, {_FAILURES: failures, _DUE: (due - _EPOCH) // _MICROSECOND})


def dead(message: Message, *, letter_id: str, reason: str, died_at: datetime) -> BasicProperties:
    """Describe a message that is dead-lettered."""
    cut = reason.encode()[:_LONGEST_REASON].decode(errors="ignore")
    return _moved(message, {_LETTER: letter_id, _REASON: cut, _DIED_AT: (died_at - _EPOCH) // _MICROSECOND})


def revived(message: Message) -> BasicProperties:
    """Describe a dead letter that goes back to work."""
    return _moved(message, {})


def record_of(message: Message, queue: str) -> DeadLetterRecord:
    """Read a dead letter, also one that somebody else has put there."""
    headers = _headers(message)
    return DeadLetterRecord(
        id=str(headers.get(_LETTER) or hashlib.sha256(message.body).hexdigest()[:32]),
        queue=queue,
        event=message.body.decode(errors="replace"),
        reason=str(headers.get(_REASON, "unknown: it was not dead-lettered by a consumer")),
        died_at=_timestamp(message, _DIED_AT),
    )


def _moved(message: Message, headers: dict[str, Any]) -> BasicProperties:
    # Nothing else is kept: the broker adds a header to a message with each way it takes.
    return BasicProperties(
        content_type=message.properties.content_type,
        delivery_mode=DeliveryMode.Persistent,
        message_id=message.properties.message_id,
        type=message.properties.type,
        headers=headers,
    )


def _timestamp(message: Message, name: str) -> datetime:
    try:
        return _EPOCH + _number(message, name) * _MICROSECOND
    except OverflowError:
        return _EPOCH


def _number(message: Message, name: str) -> int:
    value = _headers(message).get(name)
    return value if isinstance(value, int) and not isinstance(value, bool) and value > 0 else 0


def _headers(message: Message) -> Mapping[str, Any]:
    return message.properties.headers or {}
