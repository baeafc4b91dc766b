"""Parts of the OpenAPI document about resumable uploads that the code's types don't provide."""

from collections.abc import Sequence
from dataclasses import dataclass

from litestar.datastructures import ResponseHeader
from litestar.openapi.spec import OpenAPIMediaType, OpenAPIResponse, Operation, Parameter, RequestBody, Schema
from litestar.openapi.spec.enums import OpenAPIType
from typing_extensions import override

from tracklift_gateway.tus import PART, VERSION

_TEXT = Schema(type=OpenAPIType.STRING)
_BYTES = Schema(type=OpenAPIType.INTEGER, minimum=0)
_HEADERS = {
    "Location": "Where the upload is.",
    "Upload-Offset": "How many bytes are durably stored.",
    "Upload-Length": "How many bytes the upload is to have.",
    "Upload-Metadata": "As it was given when the upload began; missing once it is finished.",
    "Upload-Expires": "When the upload is thrown away unless more bytes come; missing once it is finished.",
}


def documented(*names: str) -> Sequence[ResponseHeader]:
    """Describe headers of responses."""
    return [
        # The value only makes the type text in the document; no client receives it.
        ResponseHeader(name, value="", description=_HEADERS[name], documentation_only=True)
        for name in names
    ]


def _header(name: str, description: str, schema: Schema, *, required: bool = False) -> Parameter:
    return Parameter(name=name, param_in="header", description=description, required=required, schema=schema)


_VERSION = _header(
    "Tus-Resumable",
    "The version of the protocol.",
    Schema(type=OpenAPIType.STRING, enum=[VERSION]),
    required=True,
)
_CHECKSUM = _header(
    "Upload-Checksum", "`sha256` or `sha1`, a blank, and the checksum of the body in Base64.", _TEXT
)


def _body(description: str, *, required: bool) -> RequestBody:
    binary = Schema(type=OpenAPIType.STRING, content_media_type=PART)
    return RequestBody(
        required=required, description=description, content={PART: OpenAPIMediaType(schema=binary)}
    )


@dataclass
class BodilessOperation(Operation):
    """A response of headers only. The framework would describe the missing body as JSON's null."""

    def __post_init__(self) -> None:
        for status, response in (self.responses or {}).items():
            if status.startswith("2") and isinstance(response, OpenAPIResponse):
                response.content = None


@dataclass
class VersionOperation(BodilessOperation):
    """A request about one upload."""

    @override
    def __post_init__(self) -> None:
        super().__post_init__()
        self.parameters = [*(self.parameters or []), _VERSION]


@dataclass
class BeginOperation(BodilessOperation):
    """The beginning of an upload, with all parameters in headers."""

    @override
    def __post_init__(self) -> None:
        super().__post_init__()
        self.request_body = _body("The first bytes, or none.", required=False)
        self.parameters = [
            _VERSION,
            _header("Upload-Length", "Bytes of the whole video.", _BYTES, required=True),
            _header(
                "Upload-Metadata",
                "Pairs of a key and a value in Base64, with commas in between: `filename`, each option of a "
                "conversion, and `sent`, which is `sound` where only the sound of a video is sent.",
                _TEXT,
            ),
            _header(
                "Idempotency-Key",
                "Chosen by you: the same key twice is the same upload, begun again.",
                Schema(type=OpenAPIType.STRING, min_length=1, max_length=255),
            ),
            _CHECKSUM,
        ]


@dataclass
class AppendOperation(BodilessOperation):
    """Bytes of an upload."""

    @override
    def __post_init__(self) -> None:
        super().__post_init__()
        self.request_body = _body("Bytes of the video.", required=True)
        self.parameters = [
            *(self.parameters or []),
            _VERSION,
            _header("Upload-Offset", "Where the bytes begin.", _BYTES, required=True),
            _CHECKSUM,
        ]
