"""What a worker tells the application: one line of JSON for each message."""

import json
from dataclasses import asdict, dataclass
from typing import Any

from tracklift_domain.errors import ServiceUnavailableError
from tracklift_domain.extraction.damage import Damage
from tracklift_domain.extraction.errors import ExtractionError
from tracklift_domain.extraction.failure import FailureCode
from tracklift_domain.extraction.progress import Progress

LONGEST_LINE = 64 * 1024
"""Bytes of a message with its end."""


@dataclass(frozen=True, slots=True)
class Begun:
    """The job has arrived."""


@dataclass(frozen=True, slots=True)
class PassedOver:
    """An engine leaves the job to the next one."""

    engine: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Finished:
    """The MP3 is made; the fields that `AudioFile` has too mean the same."""

    name: str
    """Of the file in the job's folder."""
    size: int
    duration: float
    decoded: float
    bitrate: int
    track: int
    damage: Damage | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Failed:
    """The extraction failed. `log` is for the operator."""

    error: ExtractionError | ServiceUnavailableError
    log: str


Message = Begun | PassedOver | Progress | Finished | Failed


def encode_message(message: Message) -> bytes:
    """Write what a worker has to tell."""
    match message:
        case Begun():
            values: dict[str, object] = {"kind": "begun"}
        case PassedOver():
            values = {"kind": "passed over", **asdict(message)}
        case Progress():
            values = {"kind": "progress", **asdict(message)}
        case Finished():
            values = {"kind": "finished", **asdict(message)}
        case Failed(error=ServiceUnavailableError() as error):
            values = {"kind": "unavailable", "service": error.service, "reason": error.reason}
            values["log"] = message.log
        case Failed(error=ExtractionError() as failed):
            values = {"kind": "failed", "code": failed.failure.code, "detail": failed.failure.detail}
            values["log"] = message.log
    return json.dumps(values).encode() + b"\n"


def decode_message(line: bytes) -> Message:
    """Read what a worker tells.

    Raises:
        ValueError: no worker writes this.
    """
    try:
        values = json.loads(line)
        return _message(values.pop("kind"), values)
    except (AttributeError, KeyError, RecursionError, TypeError) as error:
        raise ValueError(f"not a message: {line!r}") from error


def _message(kind: str, values: dict[str, Any]) -> Message:
    match kind:
        case "begun":
            return Begun(**values)
        case "passed over":
            return PassedOver(**values)
        case "progress":
            return Progress(**values)
        case "finished":
            damage = values.pop("damage")
            if damage is not None:
                damage = Damage(**damage | {"at": tuple(damage["at"])})
            return Finished(damage=damage, **values)
        case "unavailable":
            unavailable = ServiceUnavailableError(values["service"], values["reason"])
            return Failed(error=unavailable, log=values["log"])
        case "failed":
            error = ExtractionError(FailureCode(values["code"]), values["detail"])
            return Failed(error=error, log=values["log"])
    raise ValueError(f"not a kind of message: {kind!r}")
