"""Where the command line keeps who is logged in, and which server it works with."""

import stat
from pathlib import Path

import pytest

from tracklift_client.credentials import Tokens
from tracklift_client.errors import ConnectionLostError, NotLoggedInError, ProblemError
from tracklift_terminal.connecting import connect
from tracklift_terminal.credential_file import CredentialFile, CredentialsError, LogIn
from tracklift_terminal.folders import config_folder, state_folder
from tracklift_terminal.outage_notice import OutageNotice

LOG_IN = LogIn(
    server="https://a.test", email="ada@example.org", access_token="a", refresh_token="r", expires_at=5.0
)


@pytest.fixture
def file(tmp_path: Path) -> CredentialFile:
    """Give the file of a user without a log-in."""
    return CredentialFile(tmp_path / "config" / "tracklift" / "credentials.json")


def test_a_log_in_is_kept_for_its_owner_only(file: CredentialFile) -> None:
    """Mode 0600, in a folder of mode 0700."""
    file.keep(LOG_IN)

    assert file.log_in() == LOG_IN
    assert file.read() == Tokens("a", "r", 5.0)
    assert stat.S_IMODE(file.path.stat().st_mode) == 0o600
    assert stat.S_IMODE(file.path.parent.stat().st_mode) == 0o700


def test_new_tokens_replace_the_old_ones(file: CredentialFile) -> None:
    """The rest stays; nothing else is left in the folder."""
    file.keep(LOG_IN)
    file.write(Tokens("b", "s", 6.0))

    assert file.read() == Tokens("b", "s", 6.0)
    assert file.log_in() is not None
    assert [path.name for path in file.path.parent.iterdir()] == ["credentials.json"]


def test_without_tokens_the_server_is_remembered(file: CredentialFile) -> None:
    """So that the next log-in needs no address."""
    file.keep(LOG_IN)
    file.write(None)

    assert file.read() is None
    kept = file.log_in()
    assert kept is not None
    assert kept.server == "https://a.test"


def test_tokens_of_who_has_logged_out_meanwhile_are_not_kept(file: CredentialFile) -> None:
    """Another process may have done it."""
    file.write(Tokens("b", "s", 6.0))

    assert file.log_in() is None


def test_processes_take_turns(file: CredentialFile) -> None:
    """Each opens the file by itself."""
    other = CredentialFile(file.path)

    assert file.try_lock()
    assert not other.try_lock()
    assert not file.try_lock()
    file.unlock()
    assert other.try_lock()
    other.unlock()


@pytest.mark.parametrize("content", [b"", b"[]", b"{}", b'{"server": 1}', b"\xff"])
def test_a_file_that_makes_no_sense_is_named(file: CredentialFile, content: bytes) -> None:
    """With what to do."""
    file.path.parent.mkdir(parents=True)
    file.path.write_bytes(content)

    with pytest.raises(CredentialsError, match=r"credentials\.json can't be read .* log in again"):
        file.log_in()


def test_a_folder_that_can_not_be_written_is_named(tmp_path: Path) -> None:
    """A file is in its place."""
    (tmp_path / "config").touch()

    with pytest.raises(CredentialsError, match="can't be written"):
        CredentialFile(tmp_path / "config" / "credentials.json").keep(LOG_IN)


def test_the_environment_comes_before_the_log_in(file: CredentialFile) -> None:
    """Its key is sent to its server."""
    file.keep(LOG_IN)
    client = connect({"TRACKLIFT_SERVER": "b.test", "TRACKLIFT_API_KEY": "tl_1"}, file)

    assert (client.server, client.session.api_key) == ("https://b.test", "tl_1")


def test_a_key_alone_goes_to_the_server_of_the_log_in(file: CredentialFile) -> None:
    """There is no other that it could be meant for. Ends of lines of the file that it was read from do not count."""
    file.keep(LOG_IN)
    client = connect({"TRACKLIFT_API_KEY": " tl_1\r\n"}, file)

    assert (client.server, client.session.api_key) == ("https://a.test", "tl_1")


def test_tokens_go_to_no_other_server(file: CredentialFile) -> None:
    """Which could use them."""
    file.keep(LOG_IN)

    with pytest.raises(NotLoggedInError, match=r"not logged in at https://b\.test"):
        connect({"TRACKLIFT_SERVER": "b.test"}, file)
    assert connect({"TRACKLIFT_SERVER": "https://a.test/"}, file).session.tokens is file


def test_a_key_that_was_logged_in_with_is_used(file: CredentialFile) -> None:
    """As long as the environment has none."""
    file.keep(LogIn(server="https://a.test", api_key="tl_2"))

    assert connect({}, file).session.api_key == "tl_2"


@pytest.mark.parametrize(
    "log_in", [LOG_IN, LogIn(server="https://a.test", api_key="tl_2")], ids=["tokens", "key"]
)
def test_an_outage_is_told_while_the_client_tries_again(
    file: CredentialFile, log_in: LogIn, capsys: pytest.CaptureFixture[str]
) -> None:
    """On standard error, so that JSON on standard output stays JSON; not with --quiet."""
    file.keep(log_in)
    connect({}, file, quiet=True).session.patience.told(ConnectionLostError("refused"))
    assert capsys.readouterr() == ("", "")
    connect({}, file).session.patience.told(ConnectionLostError("refused"))
    assert capsys.readouterr() == ("", "https://a.test can't be reached; trying again for a minute.\n")
    connect({"TRACKLIFT_API_KEY": "tl_1"}, file).session.patience.told(ProblemError(503, "x", "x"))
    assert capsys.readouterr() == ("", "https://a.test is busy; trying again for a minute.\n")


def test_an_outage_is_told_once_for_all_requests(capsys: pytest.CaptureFixture[str]) -> None:
    """As those of several uploads at once; another outage, or one that lasts, is told again."""
    times = iter([10.0, 10.5, 69.0, 71.0])
    notice = OutageNotice("https://a.test", lambda: next(times))
    for _ in range(4):
        notice(ConnectionLostError("refused"))

    assert capsys.readouterr().err.count("trying again") == 2


def test_without_either_nobody_is_logged_in(file: CredentialFile) -> None:
    """An empty variable counts as none."""
    with pytest.raises(NotLoggedInError):
        connect({"TRACKLIFT_SERVER": "", "TRACKLIFT_API_KEY": ""}, file)


@pytest.mark.parametrize(
    ("platform", "environment", "config", "state"),
    [
        ("linux", {}, ".config/tracklift", ".local/state/tracklift"),
        ("linux", {"XDG_CONFIG_HOME": "relative"}, ".config/tracklift", ".local/state/tracklift"),
        ("darwin", {}, "Library/Application Support/tracklift", "Library/Application Support/tracklift"),
        ("win32", {}, "AppData/Roaming/tracklift", "AppData/Roaming/tracklift"),
    ],
)
def test_files_lie_where_the_platform_has_them(
    platform: str, environment: dict[str, str], config: str, state: str
) -> None:
    """Below the user's home."""
    home = Path("/home/ada")

    assert config_folder(environment, platform, home) == home / config
    assert state_folder(environment, platform, home) == home / state


def test_the_environment_moves_the_folders() -> None:
    """As the XDG Base Directory Specification and Windows have it."""
    home = Path("/home/ada")

    assert config_folder({"XDG_CONFIG_HOME": "/c"}, "linux", home) == Path("/c/tracklift")
    assert state_folder({"XDG_STATE_HOME": "/s"}, "linux", home) == Path("/s/tracklift")
    assert config_folder({"APPDATA": "/r"}, "win32", home) == Path("/r/tracklift")
