import json
from array import array
from dataclasses import asdict, dataclass, field
from typing import Any

from tracklift_adapters.extraction_process.protocol.limits import Limits
from tracklift_domain.extraction.audio_track import AudioTrack
from tracklift_domain.extraction.chapters import Chapter
from tracklift_domain.extraction.encoding import Encoding
from tracklift_domain.extraction.failure import Failure, FailureCode
from tracklift_domain.extraction.options import AudioOptions
from tracklift_domain.extraction.plan import ExtractionPlan
from tracklift_domain.extraction.tags import CoverPicture
from tracklift_domain.extraction.timeline import Edit
from tracklift_domain.media.byte_ranges import ByteRanges


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """What a worker has to do. It is sent as one line of JSON."""

    engines: tuple[str, ...]
    """Names of engines as "module:Class", to be tried in this order."""
    video: str | None
    """Path of the file that holds the video; `None`: the worker has to request its bytes from the application."""
    size: int
    """Size of the video in bytes."""
    folder: str
    """Path of the job's folder, where the MP3 is written."""
    plan: ExtractionPlan
    limits: Limits = field(default_factory=Limits)


def encode_job(job: Job) -> bytes:
    """Encode a job as a line."""
    return json.dumps(asdict(job), default=list).encode() + b"\n"


def decode_job(line: bytes) -> Job:
    """Decode a job."""
    values: dict[str, Any] = json.loads(line)
    plan = values["plan"]
    plan["track_traits"] = _track(plan["track_traits"])
    plan["alternatives"] = tuple((number, _track(track)) for number, track in plan["alternatives"])
    plan["encoding"] = Encoding(**plan["encoding"])
    plan["options"] = AudioOptions(**plan["options"])
    plan["chapters"] = tuple(Chapter(**chapter) for chapter in plan["chapters"])
    plan["tags"] = tuple((name, value) for name, value in plan["tags"])
    plan["hidden"] = tuple(plan["hidden"])
    plan["cover"] = None if plan["cover"] is None else CoverPicture(**plan["cover"])
    values["plan"] = ExtractionPlan(**plan)
    values["limits"] = Limits(**values["limits"])
    values["engines"] = tuple(values["engines"])
    return Job(**values)


def _track(values: dict[str, Any]) -> AudioTrack:
    values["edits"] = tuple(Edit(**edit) for edit in values["edits"])
    problem = values["problem"]
    values["problem"] = None if problem is None else Failure(FailureCode(problem["code"]), problem["detail"])
    ranges = values["byte_ranges"]
    if ranges is not None:
        values["byte_ranges"] = ByteRanges(*(array("Q", ranges[bounds]) for bounds in ("starts", "ends")))
    return AudioTrack(**values)
