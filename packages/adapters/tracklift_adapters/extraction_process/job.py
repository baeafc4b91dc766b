import json
from dataclasses import asdict, dataclass, field
from typing import Any

from tracklift_adapters.extraction_process.limits import Limits
from tracklift_domain.conversion.tags import CoverPicture
from tracklift_domain.conversion.video import AudioTrack, Encoding, ExtractionPlan


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """What a worker is to do. It is sent as one line of JSON."""

    engines: tuple[str, ...]
    """Those to try, in this order, each as "module:Class"."""
    video: str | None
    """Path of the ordinary file that holds the video; `None`: the application is to be asked for its bytes."""
    size: int
    """Bytes of the video."""
    folder: str
    """Path of the job's folder, where the MP3 is put."""
    plan: ExtractionPlan
    limits: Limits = field(default_factory=Limits)


def encode_job(job: Job) -> bytes:
    """Write a job as a line."""
    return json.dumps(asdict(job)).encode() + b"\n"


def decode_job(line: bytes) -> Job:
    """Read a job."""
    values: dict[str, Any] = json.loads(line)
    plan = values["plan"]
    plan["track_traits"] = AudioTrack(**plan["track_traits"])
    plan["encoding"] = Encoding(**plan["encoding"])
    plan["tags"] = tuple((name, value) for name, value in plan["tags"])
    plan["cover"] = None if plan["cover"] is None else CoverPicture(**plan["cover"])
    values["plan"] = ExtractionPlan(**plan)
    values["limits"] = Limits(**values["limits"])
    values["engines"] = tuple(values["engines"])
    return Job(**values)
