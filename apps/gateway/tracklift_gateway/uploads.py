"""Reads an upload out of a request: a form with a file, or the bare video."""

from collections.abc import Mapping
from typing import Any

from litestar import Request

from tracklift_adapters.http.body import body_chunks
from tracklift_adapters.http.multipart_form import MultipartForm
from tracklift_adapters.http.problems import Problem
from tracklift_domain.conversion.options import AudioOptions
from tracklift_domain.conversion.submit_conversion import VideoUpload
from tracklift_gateway.option_fields import read_options

_FORM_OVERHEAD = 64 * 1024
"""Bytes by which a form may be larger than the video in it: boundaries, headers and text fields."""
_LONGEST_KEY = 255


async def read_upload(request: Request[Any, Any, Any]) -> VideoUpload:
    """Read the request up to where the video begins.

    Options come as fields of the form, before or behind the file, or as query parameters beside a bare video, whose
    name is the query parameter `name`.

    Raises:
        Problem: 400 or 415, when there is no video in the request or the form can't be read.
        InvalidOptionError: an option that came before the video is wrong.
        IncompleteUploadError: the form ended early.
    """
    content_type = request.headers.get("Content-Type", "")
    media_type = content_type.partition(";")[0].strip().lower()
    key = _idempotency_key(request)
    size = _content_length(request)
    query = {name: value for name, value in request.query_params.items() if name != "name"}
    if media_type == "multipart/form-data":
        form = MultipartForm(body_chunks(request), content_type)
        await form.find_file()
        _read_all(query, form)  # Refused before the video is sent, if it can be.
        return VideoUpload(
            name=form.file_name,
            chunks=form.file_chunks(),
            options=lambda: _read_all(query, form),
            declared_size=None if size is None else max(size - _FORM_OVERHEAD, 0),
            idempotency_key=key,
        )
    if media_type.startswith("video/") or media_type in {"audio/mp4", "application/octet-stream"}:
        options = read_options(query)
        return VideoUpload(
            name=request.query_params.get("name"),
            chunks=body_chunks(request),
            options=lambda: options,
            declared_size=size,
            idempotency_key=key,
        )
    raise Problem(
        415,
        "unsupported_media_type",
        "Send the video as the field 'file' of a multipart form, or as the body with Content-Type: video/mp4.",
        headers={"Accept-Post": "multipart/form-data, video/mp4"},
    )


def _read_all(query: Mapping[str, str], form: MultipartForm) -> AudioOptions:
    return read_options({**query, **form.fields})


def _idempotency_key(request: Request[Any, Any, Any]) -> str | None:
    key = request.headers.get("Idempotency-Key")
    if key is None:
        return None
    if not key or len(key) > _LONGEST_KEY or not (key.isascii() and key.isprintable()):
        raise Problem(
            400,
            "invalid_idempotency_key",
            f"Idempotency-Key is 1 to {_LONGEST_KEY} printable ASCII characters.",
        )
    return key


def _content_length(request: Request[Any, Any, Any]) -> int | None:
    length = request.headers.get("Content-Length", "")
    return int(length) if length.isascii() and length.isdigit() else None
