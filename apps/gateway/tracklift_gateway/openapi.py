"""What the OpenAPI document says that the code's types don't."""

from dataclasses import dataclass
from typing import Any

from litestar.openapi.spec import (
    Example,
    OpenAPIMediaType,
    Operation,
    RequestBody,
    Schema,
    SecurityRequirement,
)
from litestar.openapi.spec.enums import OpenAPIType

from tracklift_domain.conversion.options import (
    BITRATES,
    DEFAULT_BITRATE,
    LAST_SECOND,
    LAST_TRACK,
    LONGEST_TAG,
    SAMPLE_RATES,
)

BEARER: list[SecurityRequirement] = [{"bearer": []}]

_ID = "5f0c1f0e6d0b4b0c8f6f2a4f6f1d2c3b"
QUEUED_EXAMPLE: dict[str, Any] = {
    "id": _ID,
    "state": "queued",
    "progress": 0.0,
    "remaining": None,
    "attempt": 0,
    "source": {"name": "talk.mp4", "size": 73400320, "sha256": "9f86d0…", "duration": None},
    "options": {
        "bitrate": 192,
        "quality": None,
        "channels": None,
        "sample_rate": None,
        "start": 0.0,
        "end": None,
        "track": 1,
        "normalize": False,
        "title": "My talk",
        "artist": None,
        "album": None,
    },
    "audio": None,
    "error": None,
    "created_at": "2026-03-01T09:30:00Z",
    "updated_at": "2026-03-01T09:30:04Z",
    "expires_at": None,
}
COMPLETED_EXAMPLE: dict[str, Any] = {
    **QUEUED_EXAMPLE,
    "state": "completed",
    "progress": 1.0,
    "attempt": 1,
    "source": {**QUEUED_EXAMPLE["source"], "duration": 1834.2},
    "audio": {
        "name": "talk.mp3",
        "size": 44020800,
        "sha256": "60303a…",
        "duration": 1834.2,
        "bitrate": 192,
        "url": f"/v1/conversions/{_ID}/audio",
    },
    "expires_at": "2026-03-08T09:31:00Z",
}
CONVERSION_EXAMPLES = [
    Example(summary="Queued", value=QUEUED_EXAMPLE),
    Example(summary="Completed", value=COMPLETED_EXAMPLE),
]


def _number(description: str, **bounds: Any) -> Schema:  # noqa: ANN401  # whatever a schema takes
    return Schema(type=OpenAPIType.NUMBER, description=description, **bounds)


def _integer(description: str, **bounds: Any) -> Schema:  # noqa: ANN401  # whatever a schema takes
    return Schema(type=OpenAPIType.INTEGER, description=description, **bounds)


def _text(description: str) -> Schema:
    return Schema(type=OpenAPIType.STRING, description=description, max_length=LONGEST_TAG)


OPTION_SCHEMAS = {
    "bitrate": _integer("Constant bit rate in kbit/s.", enum=list(BITRATES), default=DEFAULT_BITRATE),
    "quality": _integer("Variable bit rate instead: 0 (best) to 9.", minimum=0, maximum=9),
    "channels": _integer("1 for mono, 2 for stereo; else as the source.", enum=[1, 2]),
    "sample_rate": _integer("In Hz; else as the source.", enum=list(SAMPLE_RATES)),
    "start": _number("Where the MP3 begins, in seconds.", minimum=0, maximum=LAST_SECOND),
    "end": _number("Where the MP3 ends, in seconds.", minimum=0, maximum=LAST_SECOND),
    "track": _integer("Which audio track, from 1.", minimum=1, maximum=LAST_TRACK, default=1),
    "normalize": Schema(
        type=OpenAPIType.BOOLEAN, description="Bring the loudness to −16 LUFS (EBU R 128).", default=False
    ),
    "title": _text("Tag of the MP3."),
    "artist": _text("Tag of the MP3."),
    "album": _text("Tag of the MP3."),
}


@dataclass
class UploadOperation(Operation):
    """The upload, whose body no type describes since it is never held."""

    def __post_init__(self) -> None:
        binary = Schema(type=OpenAPIType.STRING, content_media_type="video/mp4", description="The video.")
        form = Schema(
            type=OpenAPIType.OBJECT,
            required=["file"],
            properties={"file": binary, **OPTION_SCHEMAS},
        )
        self.request_body = RequestBody(
            required=True,
            description="The video as a field of a form with its options, or bare with the options in the query.",
            content={
                "multipart/form-data": OpenAPIMediaType(schema=form),
                "video/mp4": OpenAPIMediaType(schema=binary),
            },
        )
