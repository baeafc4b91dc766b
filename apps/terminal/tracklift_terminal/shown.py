"""The output in a terminal; all texts from files and servers pass through here or `Bars`."""

import codecs
import io
import json
import sys
from collections.abc import Mapping
from datetime import datetime
from typing import Any, TextIO

import msgspec
import typer

from tracklift_client.models.conversions import Conversion, Deleted, Progress, State, Uploading


def accept_any_text() -> None:
    """Escape what standard output can't encode, as standard error does; on Windows, that is often a lot."""
    if isinstance(sys.stdout, io.TextIOWrapper) and not _takes_utf8(sys.stdout):
        sys.stdout.reconfigure(errors="backslashreplace")


def write_json(value: Any) -> None:  # noqa: ANN401  # whatever is shown
    """Write one object as a line of JSON to standard output, and flush it; in ASCII if the output is not UTF-8."""
    try:
        line = msgspec.json.encode(value)
    except UnicodeEncodeError:
        # The name of a file may contain bytes that are not valid text.
        text = json.dumps(msgspec.to_builtins(value), ensure_ascii=False, separators=(",", ":"))
        line = text.encode(errors="replace")
    text = line.decode()
    if not _takes_utf8(sys.stdout):
        text = json.dumps(json.loads(text), separators=(",", ":"))
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def write_failure(about: Mapping[str, str], error: Exception, detail: str) -> None:
    """Write a failure as a line of JSON: the input or id, and the reason as a code for programs and a sentence."""
    code = getattr(error, "code", type(error).__name__)
    write_json({**about, "error": {"code": code, "detail": detail}})


def write_line(text: str) -> None:
    """Write a line to standard output, and flush it."""
    # `typer.echo` would write UTF-8 where standard output takes ASCII.
    sys.stdout.write(printable(text) + "\n")
    sys.stdout.flush()


def say(text: str) -> None:
    """Write a line for people to standard error."""
    typer.echo(printable(text), err=True)


def conversion_line(conversion: Conversion) -> str:
    """Show a conversion in a line: id, creation time, state, the video's name, and why it failed."""
    made = _local(conversion.created_at)
    line = f"{conversion.id}  {made}  {_state(conversion):<16}  {conversion.source.name}"
    return f"{line}  ({conversion.error.detail})" if conversion.error else line


def update_line(update: Conversion | Progress | Uploading | Deleted) -> str:
    """Show an update in a line."""
    if isinstance(update, Progress):
        left = "" if update.remaining is None else f"  {update.remaining:.0f} s left"
        return f"{update.id}  converting  {update.progress:.0%}{left}"
    if isinstance(update, Uploading):
        of = "" if update.length is None else f" of {update.length:,}"
        return f"{update.id}  uploading  {update.received:,}{of} bytes"
    if isinstance(update, Deleted):
        return f"{update.id}  deleted"
    return conversion_line(update)


def printable(text: str) -> str:
    """Remove characters that move the cursor or change colours; line breaks and other white space become spaces."""
    line = "".join(" " if character.isspace() else character for character in text)
    return "".join(character for character in line if character.isprintable())


def _takes_utf8(stream: TextIO) -> bool:
    return codecs.lookup(stream.encoding or "utf-8").name == "utf-8"


def _state(conversion: Conversion) -> str:
    if conversion.state is State.CONVERTING:
        return f"{conversion.state} {conversion.progress:.0%}"
    return conversion.state


def _local(time: datetime) -> str:
    return time.astimezone().strftime("%Y-%m-%d %H:%M")
