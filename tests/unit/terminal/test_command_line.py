"""The command as a whole: what it needs, its defaults, what it says when something is wrong."""

import json
import os
import subprocess
import sys
from importlib.metadata import entry_points
from pathlib import Path

import pytest
import typer
from typer.main import get_group
from typer.testing import CliRunner

from tests.unit.source_modules import ROOT
from tracklift_client.errors import ConnectionLostError, NotLoggedInError, ProblemError, ServerAddressError
from tracklift_standalone.command_line import add_commands
from tracklift_terminal.command_line import main
from tracklift_terminal.commands import LOCAL_COMMANDS, PLUGGED_COMMANDS, make_cli
from tracklift_terminal.defaults import DefaultsError, read_defaults
from tracklift_terminal.exit_codes import ExitCode
from tracklift_terminal.running import code_of, run, sentence, told
from tracklift_terminal.shown import write_json

WITHOUT_SERVER = """
import sys

class Missing:
    needed = {allowed!r}
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in self.needed:
            raise ModuleNotFoundError(f"No module named {{name!r}}", name=name)

sys.meta_path.insert(0, Missing())
sys.argv = ["tracklift", *{arguments!r}]
from tracklift_terminal.command_line import main
main()
"""
OF_SERVER = ("litestar", "structlog", "sqlalchemy", "pymongo", "pika", "av", "uvicorn", "dependency_injector")


def without_server(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Run the command where the requirements of servers are not installed."""
    script = WITHOUT_SERVER.format(allowed=OF_SERVER, arguments=arguments)
    return subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=False, cwd=ROOT, timeout=60
    )


def test_the_command_needs_none_of_the_servers_packages() -> None:
    """What does is named, with what to install."""
    shown = without_server("--help")
    refused = without_server("convert", "talk.mp4", "-o", "x.mp3")

    assert shown.returncode == 0, shown.stderr
    assert "login" in shown.stdout
    assert refused.returncode == 1
    assert "pip install 'tracklift[standalone]'" in refused.stderr


INTERRUPTED_AT_AN_IMPORT = """
import os, signal, sys

class Interrupting:
    def find_spec(self, name, path=None, target=None):
        if name == {module!r}:
            os.kill(os.getpid(), signal.SIGINT)

sys.meta_path.insert(0, Interrupting())
sys.argv = ["tracklift", "--version"]
signal.signal(signal.SIGINT, {handler})
from tracklift_terminal.command_line import main
main()
"""


def interrupted(module: str, handler: str = "signal.default_int_handler") -> subprocess.CompletedProcess[str]:
    """Run the command, and interrupt it when it imports a module."""
    script = INTERRUPTED_AT_AN_IMPORT.format(module=module, handler=handler)
    return subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=False, cwd=ROOT, timeout=60
    )


@pytest.mark.parametrize(
    "module",
    ["typer", "tracklift_client.errors", "tracklift_standalone", "tracklift_standalone.command_runs"],
)
def test_an_interrupt_ends_the_command_quietly_while_it_begins(module: str) -> None:
    """As later, when it works: also while modules are imported, which takes about a second."""
    ended = interrupted(module)

    assert (ended.returncode, ended.stdout, ended.stderr) == (130, "", "")


def test_an_interrupt_that_is_ignored_stays_so() -> None:
    """As shells have it for what runs in the background."""
    ended = interrupted("typer", handler="signal.SIG_IGN")

    assert (ended.returncode, ended.stderr) == (0, "")
    assert ended.stdout.startswith("tracklift ")


def test_an_interrupt_before_the_command_begins_is_quiet_too(monkeypatch: pytest.MonkeyPatch) -> None:
    """While the user's defaults are read."""

    def interrupt(_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("tracklift_terminal.commands.read_defaults", interrupt)
    with pytest.raises(SystemExit) as ended:
        main()

    assert ended.value.code == ExitCode.INTERRUPTED


def test_the_installed_command_finds_what_runs_here() -> None:
    """By an entry point, so that the terminal app does not know the standalone one."""
    (plugged,) = entry_points(group=PLUGGED_COMMANDS)

    assert plugged.load() is add_commands


def test_the_stand_ins_are_those_of_what_is_added() -> None:
    """A command that is missing here would be unknown instead of not installed."""
    cli = typer.Typer()
    add_commands(cli)

    assert set(get_group(cli).commands) == set(LOCAL_COMMANDS)


@pytest.fixture
def config(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give the file of the user's defaults, which is not there yet."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    (tmp_path / "tracklift").mkdir()
    return tmp_path / "tracklift" / "config.toml"


def test_defaults_come_from_a_file(config: Path) -> None:
    """By the long names of options, with dashes or without; `~` is the user's home."""
    config.write_text('[list]\nlimit = 5\njson = true\n[download]\noutput = "~/Music/"\n')
    found = read_defaults(get_group(make_cli()))

    assert found == {
        "list": {"limit": 5, "as_json": True},
        "download": {"output": str(Path.home()) + "/Music/"},
    }


def test_without_a_file_there_are_no_defaults(config: Path) -> None:
    """Nor is one made."""
    assert read_defaults(get_group(make_cli())) == {}
    assert not config.exists()


@pytest.mark.parametrize(
    ("content", "named"),
    [
        ("[list", "at end of document"),
        ("[lists]\n", "'lists'"),
        ("list = 1", "a table"),
        ("[list]\nlimits = 1", "'limits'"),
        ("[list]\nhelp = true", "'help'"),
        ("\xff", "utf-8"),
    ],
)
def test_a_file_that_makes_no_sense_is_refused(config: Path, content: str, named: str) -> None:
    """And what is wrong is named."""
    config.write_bytes(content.encode("latin-1"))

    with pytest.raises(DefaultsError, match=named):
        read_defaults(get_group(make_cli()))


@pytest.mark.parametrize(
    ("error", "code", "said"),
    [
        (NotLoggedInError("You are not logged in."), 3, "You are not logged in: run 'tracklift login'"),
        (NotLoggedInError("Your session has ended: log in again."), 3, "has ended: run 'tracklift login'"),
        (ProblemError(401, "invalid_api_key", "The key is unknown."), 3, "The key is unknown."),
        (ProblemError(404, "conversion_not_found", "There is none."), 1, "There is none."),
        (ServerAddressError("'x:' is no address of a server."), 2, "no address"),
        (ConnectionLostError("The server does not answer in time."), 4, "does not answer"),
        (FileNotFoundError(2, "No such file or directory", "x"), 1, "No such file or directory: x"),
        (FileExistsError("x exists already."), 1, "x exists already."),
        (UnicodeEncodeError("utf-8", "\udcff", 0, 1, "surrogates not allowed"), 1, "write it in UTF-8"),
    ],
)
def test_what_went_wrong_is_said_in_a_sentence(error: Exception, code: int, said: str) -> None:
    """And has an exit code of its own where a script can do something about it."""
    assert code_of(error) == code
    assert said in sentence(error)


async def _name_bytes_that_are_no_text() -> ExitCode:
    os.fsdecode(b"\xff").encode()
    return ExitCode.OK


def test_bytes_that_are_no_text_give_a_sentence_and_no_traceback(capsys: pytest.CaptureFixture[str]) -> None:
    """As an argument or a password in another encoding, at whichever place it is to be sent."""
    with pytest.raises(typer.Exit) as raised:
        run(_name_bytes_that_are_no_text())
    assert raised.value.exit_code == ExitCode.FAILED
    with pytest.raises(typer.Exit), told():
        os.fsdecode(b"\xff").encode()

    assert capsys.readouterr().err.count("tracklift: What was typed or read has bytes that are not text") == 2


def test_a_file_name_that_is_no_text_is_shown_in_json(capsys: pytest.CaptureFixture[str]) -> None:
    """In valid UTF-8, so that all programs can read the line: a question mark for each byte."""
    write_json({"input": os.fsdecode(b"t\xe4lk.mp4"), "error": {"code": "FileExistsError"}})

    assert json.loads(capsys.readouterr().out) == {"input": "t?lk.mp4", "error": {"code": "FileExistsError"}}


@pytest.mark.parametrize("arguments", [["list"], ["login", "ftp://x"]])
def test_an_address_of_a_server_that_makes_no_sense_is_told_as_such(
    arguments: list[str], config: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By the exit code too, in a variable as on the command line."""
    assert not config.exists()
    monkeypatch.setenv("TRACKLIFT_SERVER", "ftp://x")
    done = CliRunner().invoke(make_cli(), arguments)

    assert done.exit_code == ExitCode.USAGE
    assert "'ftp://x' is no address of a server" in done.output
    assert ("TRACKLIFT_SERVER: " in done.output) is (arguments == ["list"])


def test_the_first_failure_gives_the_exit_code() -> None:
    """Whatever comes behind it."""
    assert ExitCode.OK.and_then(ExitCode.UNREACHABLE).and_then(ExitCode.FAILED) is ExitCode.UNREACHABLE
