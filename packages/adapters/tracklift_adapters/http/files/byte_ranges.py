"""Range requests (RFC 9110, section 14)."""

import re
from dataclasses import dataclass

_SINGLE_RANGE = re.compile(r"bytes\s*=\s*(\d*)\s*-\s*(\d*)\s*", re.IGNORECASE | re.ASCII)
_LONGEST_NUMBER = 19


@dataclass(frozen=True, slots=True)
class ByteRange:
    """A part of a file from `start` up to but not including `end`."""

    start: int
    end: int

    def content_range(self, size: int) -> str:
        """Write the header for a file of this size in bytes."""
        return f"bytes {self.start}-{self.end - 1}/{size}"


class UnsatisfiableRangeError(Exception):
    """No byte of the file lies in the range."""


def parse_range(header: str | None, size: int) -> ByteRange | None:
    """Read a Range header for a file of `size` bytes; `None` means the whole file.

    A header with another unit, with several ranges, or malformed, is ignored, as section 14.2 allows.

    Raises:
        UnsatisfiableRangeError: the header is well-formed, but begins after the end of the file.
    """
    match = _SINGLE_RANGE.fullmatch(header.strip()) if header else None
    if match is None:
        return None
    first, last = match.groups()
    if max(len(first), len(last)) > _LONGEST_NUMBER or not (first or last):
        return None
    if not first:
        length = min(int(last), size)
        if length == 0:
            raise UnsatisfiableRangeError
        return ByteRange(size - length, size)
    start = int(first)
    if last and int(last) < start:
        return None
    if start >= size:
        raise UnsatisfiableRangeError
    return ByteRange(start, min(int(last) + 1, size) if last else size)


def matches_etag(header: str | None, etag: str) -> bool:
    """Tell whether an If-None-Match header names the entity tag (weak comparison, section 8.8.3.2)."""
    if header is None:
        return False
    named = {tag.strip().removeprefix("W/") for tag in header.split(",")}
    return "*" in named or etag in named


def attachment(file_name: str) -> str:
    """Write a Content-Disposition header for a file name of any script (RFC 6266, RFC 8187)."""
    plain = "".join(c if c.isascii() and c.isprintable() and c not in '"\\%' else "_" for c in file_name)
    encoded = "".join(
        chr(byte)
        if chr(byte).isascii() and (chr(byte).isalnum() or chr(byte) in "!#$&+-.^_`|~")
        else f"%{byte:02X}"
        for byte in file_name.encode()
    )
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{encoded}"
