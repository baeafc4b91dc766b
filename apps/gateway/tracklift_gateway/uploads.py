"""Reads an upload from a request: a form with a file, or the bare video."""

import asyncio
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from litestar import Request

from tracklift_adapters.http.bodies.body import body_chunks
from tracklift_adapters.http.bodies.media_types import media_type_of, unsupported_media_type
from tracklift_adapters.http.bodies.multipart_form import MultipartForm
from tracklift_adapters.http.problems.problems import Problem
from tracklift_domain.extraction.errors import InvalidOptionError
from tracklift_domain.media.errors import MediaTooLargeError
from tracklift_domain.upload.errors import IncompleteUploadError
from tracklift_domain.upload.submit_conversion import VideoUpload
from tracklift_gateway.option_fields import read_options

_FORM_OVERHEAD = 64 * 1024
"""Bytes by which a form may be larger than the video in it: boundaries, headers and text fields."""
_LONGEST_KEY = 255
_FORM = "multipart/form-data"
_BARE = "video/mp4"


async def read_upload(request: Request[Any, Any, Any], *, largest_video: int, idle: timedelta) -> VideoUpload:
    """Read the request up to where the video begins.

    Options are fields of the form, before or after the file, or query parameters; a bare video has its name
    in the query parameter `name`. Checks that need no body run before the first byte is read, so that a
    client that waits for them (`Expect: 100-continue`) need not send the video. `largest_video` is in bytes.

    Raises:
        Problem: 400 or 415, when there is no video in the request or the form can't be read.
        InvalidOptionError: an option that came before the video is wrong.
        MediaTooLargeError: the declared size of the request is above the limit.
        IncompleteUploadError: the form ended early, or its file did not begin within `idle`.
    """
    content_type = request.headers.get("Content-Type", "")
    media_type = media_type_of(content_type)
    if media_type not in {_FORM, _BARE}:
        raise unsupported_media_type(
            "Send the video as the field 'file' of a multipart form, or as the body with Content-Type: video/mp4.",
            _FORM,
            _BARE,
        )
    size = content_length(request)
    if size is not None and size > largest_video + (_FORM_OVERHEAD if media_type == _FORM else 0):
        raise MediaTooLargeError(largest_video)
    key = read_idempotency_key(request)
    query = list(request.query_params.multi_items())
    if media_type == _BARE:
        return _bare_video(request, query, size=size, key=key)
    return await _form(request, content_type, query, size=size, key=key, idle=idle)


def _bare_video(
    request: Request[Any, Any, Any], query: Sequence[tuple[str, str]], *, size: int | None, key: str | None
) -> VideoUpload:
    names = [value for field, value in query if field == "name"]
    if len(names) > 1:
        raise InvalidOptionError("name", "is given more than once.")
    options = read_options((field, value) for field, value in query if field != "name")
    return VideoUpload(
        name=names[0] if names else None,
        chunks=body_chunks(request),
        options=lambda: options,
        declared_size=size,
        idempotency_key=key,
    )


async def _form(
    request: Request[Any, Any, Any],
    content_type: str,
    query: Sequence[tuple[str, str]],
    *,
    size: int | None,
    key: str | None,
    idle: timedelta,
) -> VideoUpload:
    form = MultipartForm(body_chunks(request), content_type)
    read_options(query)
    try:
        async with asyncio.timeout(idle.total_seconds()):
            await form.find_file()
    except TimeoutError as error:
        raise IncompleteUploadError(f"no file came in {idle.total_seconds():.0f} seconds") from error
    read_options([*query, *form.fields])
    return VideoUpload(
        name=form.file_name,
        chunks=form.file_chunks(),
        # Read again, since more fields may have followed the file.
        options=lambda: read_options([*query, *form.fields]),
        most_bytes=size,
        idempotency_key=key,
    )


def read_idempotency_key(request: Request[Any, Any, Any]) -> str | None:
    """Give the idempotency key that the client chose, if any. Raises `Problem` (400)."""
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


def content_length(request: Request[Any, Any, Any]) -> int | None:
    """Give the size of the body in bytes, if the client declares it."""
    length = request.headers.get("Content-Length", "")
    # Nineteen digits are more than any file needs, and fewer than Python's limit for integers.
    return int(length[:19]) if length.isascii() and length.isdigit() else None
