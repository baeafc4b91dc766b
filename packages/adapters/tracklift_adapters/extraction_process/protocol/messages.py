"""What a worker sends to the application: one line of JSON for each message."""

import json
from base64 import b64decode, b64encode
from dataclasses import asdict, dataclass
from typing import Any

from tracklift_domain.errors import ServiceUnavailableError
from tracklift_domain.extraction.damage import Damage
from tracklift_domain.extraction.errors import ExtractionError
from tracklift_domain.extraction.failure import FailureCode
from tracklift_domain.extraction.peaks import MOST_PEAKS
from tracklift_domain.extraction.progress import Progress

MAX_LINE = 64 * 1024
"""Bytes of a message, including the line end."""


@dataclass(frozen=True, slots=True)
class Started:
    """The worker has received its job."""


@dataclass(frozen=True, slots=True)
class EngineSkipped:
    """An engine does not cover the job, so the next one is tried."""

    engine: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Finished:
    """The MP3 is complete. Fields mean the same as those of `AudioFile`."""

    name: str
    """Name of the file in the job's folder."""
    size: int
    duration: float
    decoded: float
    bitrate: int
    track: int
    damage: Damage | None
    peaks: bytes = b""


@dataclass(frozen=True, slots=True, kw_only=True)
class Failed:
    """The extraction failed. `log` is for the operator."""

    error: ExtractionError | ServiceUnavailableError
    log: str


Message = Started | EngineSkipped | Progress | Finished | Failed


def encode_message(message: Message) -> bytes:
    """Encode a message as a line."""
    match message:
        case Started():
            values: dict[str, object] = {"kind": "started"}
        case EngineSkipped():
            values = {"kind": "engine skipped", **asdict(message)}
        case Progress():
            values = {"kind": "progress", **asdict(message)}
        case Finished():
            values = {"kind": "finished", **asdict(message), "peaks": b64encode(message.peaks).decode()}
        case Failed(error=ServiceUnavailableError() as error):
            values = {"kind": "unavailable", "service": error.service, "reason": error.reason}
            values["log"] = message.log
        case Failed(error=ExtractionError() as failed):
            values = {"kind": "failed", "code": failed.failure.code, "detail": failed.failure.detail}
            values["log"] = message.log
    return json.dumps(values).encode() + b"\n"


def decode_message(line: bytes) -> Message:
    """Decode a line.

    Raises:
        ValueError: it is not a message.
    """
    try:
        values = json.loads(line)
        return _message(values.pop("kind"), values)
    except (AttributeError, KeyError, RecursionError, TypeError) as error:
        raise ValueError(f"not a message: {line!r}") from error


def _message(kind: str, values: dict[str, Any]) -> Message:
    match kind:
        case "started":
            return Started(**values)
        case "engine skipped":
            return EngineSkipped(**values)
        case "progress":
            return Progress(**values)
        case "finished":
            damage = values.pop("damage")
            if damage is not None:
                damage = Damage(**damage | {"at": tuple(damage["at"])})
            peaks = b64decode(values.pop("peaks"), validate=True)
            if len(peaks) > MOST_PEAKS:
                raise ValueError(f"{len(peaks)} peaks are too many")
            return Finished(damage=damage, peaks=peaks, **values)
        case "unavailable":
            unavailable = ServiceUnavailableError(values["service"], values["reason"])
            return Failed(error=unavailable, log=values["log"])
        case "failed":
            error = ExtractionError(FailureCode(values["code"]), values["detail"])
            return Failed(error=error, log=values["log"])
    raise ValueError(f"not a kind of message: {kind!r}")
