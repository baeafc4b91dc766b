"""Parts of the OpenAPI document that the code's types don't provide."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime

from litestar.openapi.spec import (
    OpenAPIMediaType,
    Operation,
    Parameter,
    RequestBody,
    Schema,
)
from litestar.openapi.spec.enums import OpenAPIType

from tracklift_adapters.http.openapi.examples import example
from tracklift_domain.conversion.conversion_state import ConversionState
from tracklift_domain.extraction.options import AudioOptions
from tracklift_gateway.option_request import OptionsRequest
from tracklift_gateway.option_schemas import OPTION_SCHEMAS
from tracklift_gateway.responses import (
    AudioResponse,
    ChapterResponse,
    ConversionListResponse,
    ConversionResponse,
    DamageResponse,
    MailNote,
    OptionsResponse,
    ProgressResponse,
    Sent,
    SourceResponse,
    TrackResponse,
)

_ID = "5f0c1f0e6d0b4b0c8f6f2a4f6f1d2c3b"
_QUEUED = ConversionResponse(
    id=_ID,
    state=ConversionState.QUEUED,
    progress=0.0,
    remaining=None,
    attempt=0,
    source=SourceResponse(
        name="talk.mp4",
        size=73400320,
        sha256="9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
        duration=None,
        track=None,
        tracks=[],
        sent=Sent.WHOLE,
        kept_until=None,
    ),
    upload=None,
    options=OptionsResponse.of(AudioOptions(bitrate=192, title="My talk")),
    audio=None,
    error=None,
    mail=MailNote.EXPECTED,
    created_at=datetime(2026, 3, 1, 9, 30, tzinfo=UTC),
    updated_at=datetime(2026, 3, 1, 9, 30, 4, tzinfo=UTC),
    expires_at=None,
)
_COMPLETED = replace(
    _QUEUED,
    state=ConversionState.COMPLETED,
    progress=1.0,
    attempt=1,
    source=replace(
        _QUEUED.source,
        duration=1834.2,
        track=1,
        tracks=[
            TrackResponse(number=1, language="eng", codec="mp4a", channels=2),
            TrackResponse(number=2, language="deu", codec="mp4a", channels=2),
        ],
        kept_until=datetime(2026, 3, 8, 9, 31, tzinfo=UTC),
    ),
    audio=AudioResponse(
        name="talk.mp3",
        size=44020800,
        sha256="60303ae22b998861bce3b28f33eec1be758a213c86c93c076dbe9f558c11c752",
        duration=1834.2,
        bitrate=192,
        damage=DamageResponse(seconds=1.55, at=[12.4, 1600.02, 1834.2], cut_off=1.2),
        chapters=[ChapterResponse(start=0.0, title="Welcome"), ChapterResponse(start=95.5, title="Plans")],
        url=f"/v1/conversions/{_ID}/audio",
    ),
    updated_at=datetime(2026, 3, 1, 9, 31, tzinfo=UTC),
    expires_at=datetime(2026, 3, 8, 9, 31, tzinfo=UTC),
)
CONVERSION_EXAMPLES = [example("Queued", _QUEUED), example("Completed", _COMPLETED)]
_LISTED = replace(_COMPLETED, audio=_COMPLETED.audio and replace(_COMPLETED.audio, chapters=None))
LIST_EXAMPLES = [
    example("The last page", ConversionListResponse(items=[_LISTED], next_cursor=None)),
]
AGAIN_EXAMPLES = [
    example("Half a minute of the German sound", OptionsRequest(start=60.0, end=90.0, track="deu")),
    example("As the server chooses", OptionsRequest()),
]
PROGRESS_EXAMPLE = ProgressResponse(id=_ID, progress=0.4, remaining=9.5)


def _parameter(name: str, where: str, description: str, schema: Schema) -> Parameter:
    return Parameter(name=name, param_in=where, description=description, required=False, schema=schema)


@dataclass
class PeaksOperation(Operation):
    """The peaks, with the conditional header that the handler reads itself (RFC 9110)."""

    def __post_init__(self) -> None:
        text = Schema(type=OpenAPIType.STRING)
        self.parameters = [
            *(self.parameters or []),
            _parameter("If-None-Match", "header", "The `ETag` of the peaks that are known already.", text),
        ]


@dataclass
class UploadOperation(Operation):
    """The upload. No type describes its body, since it is streamed."""

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
        self.parameters = [
            _parameter(
                "Idempotency-Key",
                "header",
                "Chosen by you: the same key twice is the same upload, sent again.",
                Schema(type=OpenAPIType.STRING, min_length=1, max_length=255),
            ),
            _parameter("name", "query", "The name of a bare video.", Schema(type=OpenAPIType.STRING)),
            *(
                _parameter(name, "query", schema.description or "", schema)
                for name, schema in OPTION_SCHEMAS.items()
            ),
        ]


@dataclass
class AgainOperation(Operation):
    """Another conversion of a video, with the header that its handler reads itself."""

    def __post_init__(self) -> None:
        self.parameters = [
            *(self.parameters or []),
            _parameter(
                "Idempotency-Key",
                "header",
                "Chosen by you: the same key twice is the same conversion, asked for again.",
                Schema(type=OpenAPIType.STRING, min_length=1, max_length=255),
            ),
        ]


@dataclass
class DownloadOperation(Operation):
    """The download, with the range and conditional headers that the handler reads itself (RFC 9110)."""

    def __post_init__(self) -> None:
        text = Schema(type=OpenAPIType.STRING)
        self.parameters = [
            *(self.parameters or []),
            _parameter("Range", "header", "One range of bytes, such as `bytes=1000-`.", text),
            _parameter("If-Match", "header", "The `ETag` of the MP3 that is wanted and no other.", text),
            _parameter(
                "If-Unmodified-Since", "header", "The MP3 is wanted only if it was made by this time.", text
            ),
            _parameter("If-Range", "header", "The `ETag` of the MP3 that the range belongs to.", text),
            _parameter("If-None-Match", "header", "The `ETag` of the MP3 that is known already.", text),
        ]
