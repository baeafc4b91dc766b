"""Conditional requests for files (RFC 9110, section 13)."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

from litestar import Request

from tracklift_adapters.http.problems.problems import Problem


async def require_unchanged(
    request: Request[Any, Any, Any], etag: str, made_at: Callable[[], Awaitable[datetime | None]]
) -> None:
    """Raise `Problem` (412) unless the file with this entity tag and time meets the request's preconditions.

    In the order of section 13.2.2: with If-Match, If-Unmodified-Since does not count. It does not count either where
    it is no date, or `made_at`, which is asked only for it, does not know when the file was made.
    """
    tags = request.headers.getall("If-Match", [])
    if tags:
        if not _names(", ".join(tags), etag):
            raise _failed("If-Match", etag)
        return
    since = _date(request.headers.get("If-Unmodified-Since"))
    if since is None:
        return
    made = await made_at()
    # HTTP dates have whole seconds.
    if made is not None and made.replace(microsecond=0) > since:
        raise _failed("If-Unmodified-Since", etag)


def _names(header: str, etag: str) -> bool:
    # Strong comparison (section 8.8.3.2): a weak tag names no file.
    named = {tag.strip() for tag in header.split(",")}
    return "*" in named or etag in named


def _date(header: str | None) -> datetime | None:
    try:
        date = parsedate_to_datetime(header or "")
    except (ValueError, OverflowError):
        return None
    return date if date.tzinfo else date.replace(tzinfo=UTC)


def _failed(header: str, etag: str) -> Problem:
    return Problem(
        412, "precondition_failed", f"The file is another one than {header} wants.", headers={"ETag": etag}
    )
