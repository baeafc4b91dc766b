"""Texts of strangers in a terminal: names of files, and what servers say."""

import functools
import io
import json
import sys
from collections.abc import Callable

import msgspec
import pytest
import typer
from rich.console import Console
from rich.progress import Progress

from tests.unit.client.scripted_server import conversion
from tracklift_client.errors import ProblemError
from tracklift_client.models.conversions import Conversion
from tracklift_terminal.bars import Bars
from tracklift_terminal.running import fail, tell
from tracklift_terminal.shown import accept_any_text, conversion_line, say, write_json, write_line

HOSTILE = "talk\x1b[2J\x1b]0;owned\x07\n\u202e.mp4"
HARMLESS = "talk[2J]0;owned .mp4"


def refuse(text: str) -> None:
    with pytest.raises(typer.Exit):
        fail(text)


@pytest.mark.parametrize(
    "write",
    [
        write_line,
        say,
        refuse,
        lambda text: tell(FileNotFoundError(2, "No such file", text)),
        lambda text: tell(ProblemError(400, "x", text), about=text),
    ],
    ids=["write_line", "say", "fail", "tell of a file", "tell of a server"],
)
def test_a_name_gives_a_terminal_no_orders(
    write: Callable[[str], object], capsys: pytest.CaptureFixture[str]
) -> None:
    """None that moves the cursor, changes colours, or begins a line that looks as if the command had written it."""
    write(HOSTILE)
    written = "".join(capsys.readouterr())

    assert HARMLESS in written
    assert written.rstrip("\n").isprintable()


def test_a_list_gives_a_terminal_no_orders(capsys: pytest.CaptureFixture[str]) -> None:
    """Names and reasons come from the server."""
    record = conversion("failed", error={"code": "x", "detail": HOSTILE, "retryable": False})
    record["source"]["name"] = HOSTILE
    write_line(conversion_line(msgspec.convert(record, Conversion)))

    assert capsys.readouterr().out.rstrip("\n").endswith(f"{HARMLESS}  ({HARMLESS})")


def test_bars_and_the_lines_above_them_give_a_terminal_no_orders(monkeypatch: pytest.MonkeyPatch) -> None:
    """In a terminal, where Rich writes orders of its own: compared is what a harmless name gives."""
    # Else they are drawn again ten times a second, and so as often as the machine is slow.
    monkeypatch.setattr("tracklift_terminal.bars.Progress", functools.partial(Progress, auto_refresh=False))

    assert shown_in_terminal(HOSTILE) == shown_in_terminal(HARMLESS)


def shown_in_terminal(name: str) -> str:
    written = io.StringIO()
    with Bars(Console(file=written, force_terminal=True, width=200)) as bars:
        bars.say(name)
        bars.failed(name, name)
        with bars.bar(name) as bar:
            bar.fraction(0.5, name)
    return written.getvalue()


def test_a_name_in_any_script_stays_readable(capsys: pytest.CaptureFixture[str]) -> None:
    """The wide blank of Japanese is shown as a blank."""
    write_line("講義\u3000一 Vorträge\u00a01.mp4")

    assert capsys.readouterr().out == "講義 一 Vorträge 1.mp4\n"


@pytest.mark.parametrize("encoding", ["cp1252", "ascii"])
def test_what_an_encoding_lacks_is_shown_as_escapes(encoding: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """As in a pipe on Windows; JSON is ASCII, so that all programs can read it."""
    written = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(written, encoding=encoding))
    accept_any_text()
    write_line("日本 1.mp4")
    write_json({"input": "日本é🎬.mp4"})
    text, object_ = written.getvalue().decode(encoding).splitlines()

    assert text == "\\u65e5\\u672c 1.mp4"
    assert object_.isascii()
    assert json.loads(object_) == {"input": "日本é🎬.mp4"}
