"""Events as JSON in the format of CloudEvents 1.0 (structured mode)."""

import json
import math
from collections.abc import Mapping
from dataclasses import MISSING, fields
from datetime import datetime
from typing import Any, NoReturn, get_args, get_type_hints

from tracklift_domain.conversion.events import ConversionCompleted, ConversionFailed, ConversionRequested
from tracklift_domain.events import Event
from tracklift_domain.identifiers import EventId
from tracklift_domain.messaging.errors import MalformedEventError, UnknownEventTypeError
from tracklift_domain.notification.events import OutcomeHandled
from tracklift_domain.user.access.events import SessionsEnded
from tracklift_domain.user.events import UserDeleted, UserEmailChanged, UserEmailVerified, UserQuotaChanged
from tracklift_domain.user.mailed_link.events import (
    EmailChangeRequested,
    EmailVerificationRequested,
    PasswordResetRequested,
    UserInvited,
)
from tracklift_domain.user.second_factor.events import SecondFactorRemoved

CONTENT_TYPE = "application/cloudevents+json"
EVENT_TYPES: Mapping[str, type[Event]] = {
    event_type.type: event_type
    for event_type in (
        ConversionRequested,
        ConversionCompleted,
        ConversionFailed,
        OutcomeHandled,
        UserDeleted,
        UserEmailVerified,
        UserQuotaChanged,
        SessionsEnded,
        EmailVerificationRequested,
        PasswordResetRequested,
        UserInvited,
        EmailChangeRequested,
        UserEmailChanged,
        SecondFactorRemoved,
    )
}
_ENVELOPE = frozenset({"id", "time", "traceparent"})


def encode_event(event: Event) -> str:
    """Encode an event as one line of ASCII JSON, which every broker can carry whatever text the event contains."""
    envelope = {
        "specversion": "1.0",
        "id": event.id,
        "source": event.source,
        "type": event.type,
        "time": event.time.isoformat().replace("+00:00", "Z"),
        "subject": event.subject,
        "datacontenttype": "application/json",
    }
    if event.traceparent is not None:
        envelope["traceparent"] = event.traceparent
    data = {
        field.name: getattr(event, field.name)
        for field in fields(event)
        # Fields added later are left out if they have their default: the event then equals that of the first release.
        if field.name not in _ENVELOPE and getattr(event, field.name) != field.default
    }
    return json.dumps({**envelope, "data": data}, separators=(",", ":"))


def decode_event(text: str | bytes) -> Event:
    """Decode an event. Unknown attributes and data fields are ignored.

    Raises:
        MalformedEventError: the text is not a CloudEvent, or a data field is missing or has the wrong type.
        UnknownEventTypeError: this release does not know the event's type.
    """
    envelope = _json_object(text)
    if envelope.get("specversion") != "1.0":
        raise MalformedEventError("it is not of CloudEvents version 1.0")
    type_name = _text(envelope, "type")
    event_type = EVENT_TYPES.get(type_name)
    if event_type is None:
        raise UnknownEventTypeError(type_name)
    data = envelope.get("data")
    if not isinstance(data, dict):
        raise MalformedEventError("its data is not a JSON object")
    traceparent = envelope.get("traceparent")
    return event_type(
        id=EventId(_text(envelope, "id")),
        time=_time(_text(envelope, "time")),
        traceparent=traceparent if isinstance(traceparent, str) else None,
        **_data_fields(event_type, data),
    )


def _json_object(text: str | bytes) -> dict[str, Any]:
    try:
        value = json.loads(text, parse_constant=_refuse_constant)
    except (ValueError, RecursionError) as error:
        raise MalformedEventError("it is not valid JSON") from error
    if not isinstance(value, dict):
        raise MalformedEventError("it is not a JSON object")
    return value


def _refuse_constant(name: str) -> NoReturn:
    # RFC 8259, section 6, does not permit NaN and infinity, but Python's parser accepts them.
    raise ValueError(name)


def _text(envelope: Mapping[str, Any], name: str) -> str:
    value = envelope.get(name)
    if not isinstance(value, str) or not value:
        raise MalformedEventError(f"its attribute {name} is missing or no text")
    return value


def _time(text: str) -> datetime:
    try:
        time = datetime.fromisoformat(text)
    except ValueError as error:
        raise MalformedEventError("its time is not of RFC 3339") from error
    if time.tzinfo is None:
        raise MalformedEventError("its time has no offset")
    return time


def _data_fields(event_type: type[Event], data: Mapping[str, Any]) -> dict[str, Any]:
    hints = get_type_hints(event_type)
    found = {}
    for field in fields(event_type):
        if field.name in _ENVELOPE:
            continue
        if field.name in data:
            found[field.name] = _checked(field.name, data[field.name], hints[field.name])
        elif field.default is MISSING:
            raise MalformedEventError(f"its data lacks {field.name}")
    return found


def _checked(name: str, value: object, hint: object) -> object:
    plain = tuple(getattr(t, "__supertype__", t) for t in (get_args(hint) or (hint,)))
    # JSON has only one kind of number, so 3.0 may arrive as 3; but a boolean is not a number.
    if float in plain and isinstance(value, int | float) and not isinstance(value, bool):
        return _finite(name, value)
    if not isinstance(value, plain) or (isinstance(value, bool) and bool not in plain):
        raise MalformedEventError(f"its data field {name} is of another type")
    return value


def _finite(name: str, value: float) -> float:
    try:
        number = float(value)
    except OverflowError:
        number = math.inf
    if not math.isfinite(number):
        raise MalformedEventError(f"its data field {name} is too large")
    return number
