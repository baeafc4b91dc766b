"""What the application and a worker tell one another: one line of JSON for each message."""

import json
from dataclasses import asdict, dataclass, field

from tracklift_adapters.moviepy.limits import Limits
from tracklift_domain.conversion.errors import ExtractionError
from tracklift_domain.conversion.failure import FailureCode
from tracklift_domain.conversion.progress import Progress

LONGEST_LINE = 64 * 1024
"""Bytes of a message with its end."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """What a worker is to do; the fields that `ExtractionPlan` has too mean the same."""

    parent: int
    """Process id of the application: the worker ends when it does."""
    video: str
    """Path of the video's file."""
    folder: str
    """Path of the job's folder, where the MP3 is put."""
    sample_rate: int
    channels: int
    bitrate: int | None
    quality: int | None
    codec: str
    declared: float | None
    """Seconds of the whole audio as the file declares them."""
    start: float
    end: float | None
    longest: float
    normalize: bool
    tags: tuple[tuple[str, str], ...]
    limits: Limits = field(default_factory=Limits)


@dataclass(frozen=True, slots=True, kw_only=True)
class Finished:
    """The MP3 is made."""

    audio: str
    """Its path."""
    size: int
    """Bytes."""
    duration: float
    """Seconds."""
    bitrate: int
    """Average, kbit/s."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Failed:
    """The extraction failed. `log` is for the operator."""

    error: ExtractionError
    log: str


def encode_job(job: Job) -> bytes:
    """Write a job as a line."""
    return _line(asdict(job))


def decode_job(line: bytes) -> Job:
    """Read a job."""
    values = json.loads(line)
    values["limits"] = Limits(**values["limits"])
    values["tags"] = tuple((name, value) for name, value in values["tags"])
    return Job(**values)


def encode_message(message: Progress | Finished | Failed) -> bytes:
    """Write what a worker has to tell."""
    match message:
        case Progress():
            return _line({"kind": "progress", **asdict(message)})
        case Finished():
            return _line({"kind": "finished", **asdict(message)})
        case Failed():
            failure = message.error.failure
            return _line(
                {"kind": "failed", "code": failure.code, "detail": failure.detail, "log": message.log}
            )


def decode_message(line: bytes) -> Progress | Finished | Failed:
    """Read what a worker tells.

    Raises:
        ValueError: no worker writes this.
    """
    values = json.loads(line)
    try:
        match values.pop("kind"):
            case "progress":
                return Progress(**values)
            case "finished":
                return Finished(**values)
            case "failed":
                error = ExtractionError(FailureCode(values["code"]), values["detail"])
                return Failed(error=error, log=values["log"])
    except (AttributeError, KeyError, TypeError) as error:
        raise ValueError(f"not a message: {line!r}") from error
    raise ValueError(f"not a message: {line!r}")


def _line(values: dict[str, object]) -> bytes:
    return json.dumps(values).encode() + b"\n"
