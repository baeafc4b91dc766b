"""The built files of a web application, read once and served from memory."""

import hashlib
import mimetypes
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib.resources.abc import Traversable
from typing import Any

from litestar import Request
from litestar.response.base import ASGIResponse

from tracklift_adapters.http.files.byte_ranges import matches_etag

_ENCODINGS = {"br": ".br", "gzip": ".gz"}
"""What the build compresses each file with, the smaller first, and how it names the result."""
_MEDIA_TYPES = {
    # The system's own table may lack these, or differ.
    ".css": "text/css",
    ".html": "text/html",
    ".js": "text/javascript",
    ".svg": "image/svg+xml",
    ".webmanifest": "application/manifest+json",
    ".woff2": "font/woff2",
}
IMMUTABLE = "public, max-age=31536000, immutable"
"""For files whose names change with their content (RFC 8246)."""
CHECKED = "no-cache"
"""For files whose names stay: kept, and asked for each time whether they have changed."""


@dataclass(frozen=True, slots=True)
class WebFile:
    """A file as it is, and as it was compressed: by the name of the coding (RFC 9110, section 8.4.1)."""

    content: bytes
    media_type: str
    encoded: Mapping[str, bytes] = field(default_factory=dict)

    @property
    def etag(self) -> str:
        """What tells this content from any other."""
        return f'"{hashlib.sha256(self.content).hexdigest()[:32]}"'

    def answer(self, request: Request[Any, Any, Any], cache_control: str) -> ASGIResponse:
        """Answer a GET or HEAD in the smallest coding that the client accepts, or with 304 if it has the file."""
        accepted = _accepted(request.headers.get("Accept-Encoding", ""))
        coding = next((name for name in _ENCODINGS if name in self.encoded and name in accepted), None)
        # Codings with different bytes have different tags (RFC 9110, section 8.8.3).
        etag = self.etag if coding is None else f'{self.etag[:-1]}-{coding}"'
        headers = {"Cache-Control": cache_control, "ETag": etag, "Vary": "Accept-Encoding"}
        if matches_etag(request.headers.get("If-None-Match"), etag):
            return ASGIResponse(status_code=304, headers=headers)
        if coding is not None:
            headers["Content-Encoding"] = coding
        body = self.content if coding is None else self.encoded[coding]
        only_head = request.method == "HEAD"
        return ASGIResponse(
            body=b"" if only_head else body,
            headers={**headers, "Content-Length": str(len(body))},
            media_type=self.media_type,
            is_head_response=only_head,
        )


def read_web_files(folder: Traversable) -> dict[str, WebFile]:
    """Read the files of a folder and of those in it, by their paths. A folder that is not there has none."""
    found = _contents(folder, "")
    compressed = tuple(_ENCODINGS.values())
    return {
        path: WebFile(
            content,
            _media_type(path),
            {name: found[path + end] for name, end in _ENCODINGS.items() if path + end in found},
        )
        for path, content in found.items()
        if not path.endswith(compressed)
    }


def _contents(folder: Traversable, prefix: str) -> dict[str, bytes]:
    contents: dict[str, bytes] = {}
    if folder.is_dir():
        for entry in folder.iterdir():
            if entry.is_dir():
                contents.update(_contents(entry, f"{prefix}{entry.name}/"))
            else:
                contents[f"{prefix}{entry.name}"] = entry.read_bytes()
    return contents


def _media_type(path: str) -> str:
    ending = f".{path.rpartition('.')[2]}"
    return _MEDIA_TYPES.get(ending) or mimetypes.guess_type(path)[0] or "application/octet-stream"


def _accepted(header: str) -> set[str]:
    """Read the codings that a client accepts; it refuses those with a weight of 0 (RFC 9110, section 12.5.3)."""
    accepted = set()
    for part in header.lower().split(","):
        name, _, weight = part.partition(";")
        if weight.replace(" ", "").strip("0.") != "q=":
            accepted.add(name.strip())
    return accepted
