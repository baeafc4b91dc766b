"""The headers of tus 1.0 (tus.io/protocols/resumable-upload)."""

import base64
import binascii
from collections.abc import Mapping
from dataclasses import dataclass
from email.utils import format_datetime
from typing import Any

from litestar import Request

from tracklift_adapters.http.problems.problem_handlers import problem_handlers
from tracklift_adapters.http.problems.problems import Problem, invalid_request
from tracklift_domain.extraction.errors import InvalidOptionError
from tracklift_domain.extraction.options import AudioOptions
from tracklift_domain.upload.checksum import Checksum, ChecksumAlgorithm
from tracklift_domain.upload.errors import IncompleteUploadError
from tracklift_domain.upload.resumable_upload import UploadStatus
from tracklift_gateway.option_fields import read_options

VERSION = "1.0.0"
EXTENSIONS = ("creation", "creation-with-upload", "termination", "expiration", "checksum")
PART = "application/offset+octet-stream"
RESUMABLE = {"Tus-Resumable": VERSION}
LONGEST_METADATA = 8 * 1024
"""Bytes of `Upload-Metadata`: all options and the name need less, even at their longest."""
_Request = Request[Any, Any, Any]
_NAMES = ("filename", "name")
_IGNORED = frozenset({"filetype", "type", "relativePath"})
"""Other keys that common clients send; the type of a file is recognized by its bytes."""
_SENT = "sent"
_LONGEST_NUMBER = 19
"""Digits: more than any file needs, and fewer than Python's limit for integers."""


@dataclass(frozen=True, slots=True, kw_only=True)
class UploadMetadata:
    """What a client declares about a video when it begins the upload."""

    name: str | None
    options: AudioOptions
    is_sound_extract: bool


STANDSTILL = (409, IncompleteUploadError.code)
"""The response to a stalled part. tus clients continue after 409, which means that their offset may be wrong;
after most other client errors, 400 and 408 among them, tus-js-client gives up."""


def _amend(problem: Problem) -> Problem:
    problem.headers.update(RESUMABLE)
    if problem.code == IncompleteUploadError.code:
        problem.status = STANDSTILL[0]
    return problem


TUS_PROBLEMS = problem_handlers(_amend)
"""Problem handlers for the routes of tus, which state the protocol's version in every response."""


def require_version(request: _Request) -> None:
    """Raise `Problem` (412) unless the client states that it uses this version of the protocol."""
    if request.headers.get("Tus-Resumable") != VERSION:
        raise Problem(
            412,
            "tus_version",
            f"This speaks tus {VERSION}: send the header Tus-Resumable: {VERSION}.",
            headers={"Tus-Version": VERSION},
        )


def read_header(request: _Request, header: str) -> str | None:
    """Read a header that has one value. Raises `Problem` (400).

    Two different values are refused, since a proxy in front may use the other one.
    """
    values = set(request.headers.getall(header, []))
    if len(values) > 1:
        raise invalid_request(header, "is there twice, with different values.")
    return values.pop() if values else None


def read_number(request: _Request, header: str) -> int:
    """Read a number of bytes. Raises `Problem` (400)."""
    text = read_header(request, header)
    if text is None:
        raise invalid_request(header, "is missing.")
    if not (text.isascii() and text.isdigit() and len(text) <= _LONGEST_NUMBER):
        raise invalid_request(header, "is a whole number of bytes.")
    return int(text)


def read_length(request: _Request) -> int:
    """Read the total number of bytes of an upload. Raises `Problem` (400)."""
    if "Upload-Defer-Length" in request.headers:
        raise invalid_request("Upload-Defer-Length", "is not supported: say the length with Upload-Length.")
    return read_number(request, "Upload-Length")


def read_checksum(request: _Request) -> Checksum | None:
    """Read the checksum of the body, if the client sends one. Raises `Problem` (400)."""
    text = read_header(request, "Upload-Checksum")
    if text is None:
        return None
    name, _, encoded = text.partition(" ")
    try:
        algorithm = ChecksumAlgorithm(name)
        digest = base64.b64decode(encoded, validate=True)
        if len(digest) != algorithm.digest_size:
            raise ValueError
    except ValueError as error:
        known = " or ".join(ChecksumAlgorithm)
        detail = f"Upload-Checksum is {known}, a blank, and the checksum in Base64."
        raise Problem(400, "invalid_checksum", detail) from error
    return Checksum(algorithm, digest)


def read_metadata(text: str) -> UploadMetadata:
    """Read `Upload-Metadata`.

    Raises:
        Problem: 400, when it is too long or has the wrong form.
        InvalidOptionError: an option is not valid, or a key is not an option.
    """
    fields = _decode(text)
    names = [value for name in _NAMES if (value := fields.pop(name, ""))]
    sent = fields.pop(_SENT, "") or "whole"
    if sent not in {"whole", "sound"}:
        raise InvalidOptionError(_SENT, "is whole or sound.")
    options = read_options((name, value) for name, value in fields.items() if name not in _IGNORED)
    return UploadMetadata(name=names[0] if names else None, options=options, is_sound_extract=sent == "sound")


def status_headers(status: UploadStatus) -> Mapping[str, str]:
    """Give the headers that say how far an upload is."""
    headers = {**RESUMABLE, "Upload-Offset": str(status.offset)}
    if status.expires_at is not None:
        headers["Upload-Expires"] = format_datetime(status.expires_at, usegmt=True)
    return headers


def _decode(text: str) -> dict[str, str]:
    if len(text) > LONGEST_METADATA:
        raise _invalid_metadata(f"is longer than {LONGEST_METADATA} bytes.")
    fields: dict[str, str] = {}
    for pair in text.split(",") if text.strip() else ():
        key, _, encoded = pair.strip().partition(" ")
        if not key or key in fields:
            raise _invalid_metadata("has a key that is empty or there twice.")
        try:
            fields[key] = base64.b64decode(encoded.strip(), validate=True).decode()
        except (binascii.Error, ValueError) as error:
            raise _invalid_metadata("has a value that is not UTF-8 text in Base64.") from error
    return fields


def _invalid_metadata(reason: str) -> Problem:
    return Problem(400, "invalid_metadata", f"Upload-Metadata {reason}")
