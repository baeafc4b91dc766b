"""The log of a process is a line of JSON for each message, or a line for people."""

import json
import logging
from collections.abc import Iterator

import pytest

from tracklift_adapters.process.logs import CHATTY, log_to_standard_error
from tracklift_runtime.log_context import logged_with

_log = logging.getLogger("tracklift.test")


@pytest.fixture(autouse=True)
def _restored_logging() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = root.handlers, root.level
    levels = {name: logging.getLogger(name).level for name in CHATTY}
    yield
    root.handlers = handlers
    root.setLevel(level)
    for name, before in levels.items():
        logging.getLogger(name).setLevel(before)


def test_a_message_is_one_line_of_json_with_what_it_is_about(capsys: pytest.CaptureFixture[str]) -> None:
    """A log collector can search by the ids of request and conversion."""
    log_to_standard_error(level="INFO", form="json")

    with logged_with(request_id="r1", conversion_id="c1"):
        _log.warning("Disk of %s is %d %% full\nnearly", "media", 93)

    (line,) = capsys.readouterr().err.splitlines()
    message = json.loads(line)
    assert message["event"] == "Disk of media is 93 % full\nnearly"
    assert message["level"] == "warning"
    assert message["logger"] == "tracklift.test"
    assert message["request_id"] == "r1"
    assert message["conversion_id"] == "c1"
    assert message["timestamp"].endswith("Z")


def test_an_error_carries_its_cause(capsys: pytest.CaptureFixture[str]) -> None:
    """The line says what broke and where, is still one line, and tells no value of a variable."""
    log_to_standard_error(level="INFO", form="json")

    password = "correct horse"
    try:
        raise ValueError(f"a password of {len(password)} letters")
    except ValueError:
        _log.exception("Extraction broke.")

    (line,) = capsys.readouterr().err.splitlines()
    assert password not in line
    (cause,) = json.loads(line)["exception"]
    assert cause["exc_type"] == "ValueError"
    assert cause["exc_value"] == "a password of 13 letters"


def test_people_get_text(capsys: pytest.CaptureFixture[str]) -> None:
    """In a terminal nobody wants to read JSON."""
    log_to_standard_error(level="info", form="text")

    _log.info("Ready.")

    assert "Ready." in capsys.readouterr().err


def test_lines_below_the_level_and_of_chatty_libraries_are_left_out(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """An operator reads what matters."""
    log_to_standard_error(level="INFO", form="json")

    _log.debug("Tick.")
    logging.getLogger("httpx").info("HTTP Request: GET")

    assert capsys.readouterr().err == ""
