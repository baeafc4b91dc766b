"""What becomes of each of several conversions, told in JSON."""

import json
from pathlib import Path

import pytest

from tests.unit.client.scripted_server import SERVER, Answer, ScriptedServer, answered, conversion, problem
from tracklift_client.async_client import AsyncClient
from tracklift_client.session import Session
from tracklift_terminal import conversion_commands
from tracklift_terminal.conversion_commands import _download, _for_each
from tracklift_terminal.exit_codes import ExitCode


def serve(monkeypatch: pytest.MonkeyPatch, *answers: Answer) -> None:
    """Let commands work with a server that gives these answers."""

    def connect(**_: bool) -> AsyncClient:
        return AsyncClient(SERVER, Session(api_key="tl_1"), transport=ScriptedServer([*answers]).transport())

    monkeypatch.setattr(conversion_commands, "connect", connect)


async def test_an_id_that_fails_has_an_object_in_json_too(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """So that a script sees of each id what became of it; the others are worked on all the same."""
    serve(monkeypatch, problem(404, "conversion_not_found"), answered(None, 204))
    code = await _for_each(["b2", "a1"], lambda client, each: client.delete(each), "deleted", as_json=True)
    written = capsys.readouterr()

    assert code is ExitCode.FAILED
    assert [json.loads(line) for line in written.out.splitlines()] == [
        {"id": "b2", "error": {"code": "conversion_not_found", "detail": "It is conversion_not_found."}},
        {"id": "a1", "deleted": True},
    ]
    assert written.err == "b2: It is conversion_not_found.\n"


async def test_a_download_that_fails_has_an_object_in_json_too(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """With the code of the server's problem, or the name of the error where it has none."""
    unfinished = [answered(conversion()), problem(409, "audio_not_ready")]
    serve(monkeypatch, *unfinished)
    code = await _download(["a1"], str(tmp_path), overwrite=False, quiet=False, as_json=True)

    assert code is ExitCode.FAILED
    assert json.loads(capsys.readouterr().out) == {
        "id": "a1",
        "error": {"code": "audio_not_ready", "detail": "It is audio_not_ready."},
    }
