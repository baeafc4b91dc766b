"""Forms with one file (multipart/form-data, RFC 7578), read while they arrive."""

from collections.abc import AsyncIterable, AsyncIterator
from typing import Any

from multipart import MultipartError, PushMultipartParser, parse_options_header

from tracklift_adapters.http.problems.problems import Problem
from tracklift_domain.upload.errors import IncompleteUploadError

LONGEST_FIELD = 4096
"""Bytes of one text field."""
MOST_PARTS = 40


class MultipartForm:
    """A form whose file is streamed once; text fields may come before and after the file."""

    def __init__(self, body: AsyncIterable[bytes], content_type: str) -> None:
        """Make a form from a request's body and its Content-Type header.

        Raises:
            Problem: 400 `malformed_form`, when the header names no boundary.
        """
        _, options = parse_options_header(content_type)
        self.fields: list[tuple[str, str]] = []
        """The names and values of the text fields so far, repeated ones included."""
        self.file_name: str | None = None
        """The file's name, once `find_file` has found it."""
        try:
            parser = PushMultipartParser(
                options.get("boundary", ""), max_segment_count=MOST_PARTS, strict=True
            )
        except MultipartError as error:
            raise _malformed_form(error) from error
        self._events = _parse(parser, body)

    async def find_file(self) -> None:
        """Read up to the beginning of the file.

        Raises:
            Problem: 400 `missing_file` or `malformed_form`.
            IncompleteUploadError: the body ended early.
        """
        misplaced: str | None = None
        async for segment in self._events:
            if segment.name == "file":
                self.file_name = segment.filename
                return
            try:
                await self._read_field(segment.name)
            except Problem as problem:
                if segment.filename:
                    raise _missing_file(segment.name) from problem
                raise
            if segment.filename:
                misplaced = segment.name
        raise _missing_file(misplaced)

    async def file_chunks(self) -> AsyncIterator[bytes]:
        """Give the file's bytes, then read the fields after it.

        Raises:
            Problem: 400 `malformed_form`.
            IncompleteUploadError: the body ended early.
        """
        async for chunk in self._content():
            yield chunk
        async for segment in self._events:
            if segment.name == "file":
                raise _malformed("it has more than one field 'file': send one video a request")
            await self._read_field(segment.name)

    async def _content(self) -> AsyncIterator[bytes]:
        """Give the bytes of the part of the last segment."""
        while (event := await anext(self._events)) is not None:
            yield bytes(event)

    async def _read_field(self, name: str) -> None:
        value = b""
        async for chunk in self._content():
            value += chunk
            if len(value) > LONGEST_FIELD:
                raise _malformed(f"its field '{name}' has more than {LONGEST_FIELD} bytes")
        try:
            self.fields.append((name, value.decode()))
        except UnicodeDecodeError as error:
            raise _malformed(f"its field '{name}' is not UTF-8") from error


async def _parse(parser: PushMultipartParser, body: AsyncIterable[bytes]) -> AsyncIterator[Any]:
    """Give the parser's output: for each part a `MultipartSegment`, its bytes, and `None` at its end."""
    async for chunk in body:
        try:
            for event in parser.parse(chunk):
                yield event
        except MultipartError as error:
            if _has_ended(parser):
                return  # What follows the closing boundary has no meaning (RFC 2046, section 5.1.1).
            raise _malformed_form(error) from error
    if not _has_ended(parser):
        raise IncompleteUploadError("the form ended before its closing boundary")


def _has_ended(parser: PushMultipartParser) -> bool:
    """Tell whether the closing boundary has arrived. The parser accepts nothing after it."""
    try:
        parser.close()
    except MultipartError:
        return False
    return True


def _missing_file(misplaced: str | None) -> Problem:
    instead = f" Its field '{misplaced}' has a file." if misplaced is not None else ""
    return Problem(400, "missing_file", f"The form has no field 'file': send the video in it.{instead}")


def _malformed_form(error: MultipartError) -> Problem:
    # Only the first argument is text; the others are its causes.
    return _malformed(str(error.args[0]).rstrip("."))


def _malformed(reason: str) -> Problem:
    return Problem(400, "malformed_form", f"The form can't be read: {reason}.")
