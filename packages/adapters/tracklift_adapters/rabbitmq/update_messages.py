"""Updates, and what ends the watching of them, as JSON."""

import json
from dataclasses import dataclass

from tracklift_domain.conversion.conversion_state import ConversionState
from tracklift_domain.conversion.watching.conversion_update import Arrival, ConversionUpdate
from tracklift_domain.extraction.progress import Progress
from tracklift_domain.identifiers import ConversionId, SessionId, UserId


@dataclass(frozen=True, slots=True)
class EndOfWatching:
    """Says that those who watch an owner's conversions, all or in one session, are told no more."""

    owner_id: UserId
    session_id: SessionId | None


def encode_update(update: ConversionUpdate) -> bytes:
    """Write an update. The release before takes a deletion for a state, finds no record then, and tells nothing."""
    progress, arrival = update.progress, update.arrival
    return json.dumps(
        {
            "conversion_id": update.conversion_id,
            "owner_id": update.owner_id,
            "state": update.state.value,
            "progress": None
            if progress is None
            else {"fraction": progress.fraction, "remaining": progress.remaining},
            "arrival": None if arrival is None else {"received": arrival.received, "length": arrival.length},
            "deleted": update.is_deleted,
        }
    ).encode()


def encode_end(end: EndOfWatching) -> bytes:
    """Write the end of watching. The release before takes it for an update that it can't read, and ignores it."""
    return json.dumps({"ended": end.owner_id, "session_id": end.session_id}).encode()


def decode_message(body: bytes) -> ConversionUpdate | EndOfWatching:
    """Read a message. Fields that are not known here are ignored.

    Raises:
        ValueError: it is none, or one that says what is not known here.
    """
    try:
        fields = json.loads(body)
        if "ended" in fields:
            session_id = fields["session_id"]
            return EndOfWatching(
                owner_id=UserId(str(fields["ended"])),
                session_id=None if session_id is None else SessionId(str(session_id)),
            )
        progress, arrival = fields["progress"], fields.get("arrival")
        return ConversionUpdate(
            conversion_id=ConversionId(str(fields["conversion_id"])),
            owner_id=UserId(str(fields["owner_id"])),
            state=ConversionState(fields["state"]),
            progress=None if progress is None else _decode_progress(progress),
            arrival=None if arrival is None else _decode_arrival(arrival),
            is_deleted=fields.get("deleted") is True,
        )
    except (LookupError, TypeError, RecursionError) as error:
        raise ValueError("it is not an update of a conversion") from error


def _decode_progress(fields: dict[str, float | None]) -> Progress:
    fraction, remaining = fields["fraction"], fields["remaining"]
    if fraction is None:
        raise ValueError("its progress lacks the fraction")
    return Progress(float(fraction), None if remaining is None else float(remaining))


def _decode_arrival(fields: dict[str, int | None]) -> Arrival:
    received, length = fields["received"], fields["length"]
    if received is None:
        raise ValueError("its arrival lacks the bytes")
    return Arrival(int(received), None if length is None else int(length))
