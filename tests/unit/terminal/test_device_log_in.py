"""How a command line signs in without a password: which options go together, and which provider is meant."""

import httpx
import pytest
import typer
from typer.testing import CliRunner

from tests.unit.client.scripted_server import SERVER, ScriptedServer, answered
from tracklift_client.async_client import AsyncClient
from tracklift_terminal.account_commands import _only_provider
from tracklift_terminal.commands import make_cli
from tracklift_terminal.exit_codes import ExitCode


def listed(*names: str) -> httpx.Response:
    return answered({"items": [{"name": name, "url": f"/v1/sign-in/{name}"} for name in names]})


async def choose(answer: httpx.Response) -> str:
    async with AsyncClient(SERVER, transport=ScriptedServer([answer]).transport()) as client:
        return await _only_provider(client)


@pytest.mark.parametrize(
    ("given", "named"),
    [
        (["--device"], "--device"),
        (["--provider", "company"], "--provider"),
        (["--device", "--provider", "company"], "--device"),
        (["--api-key-stdin"], "--api-key-stdin"),
    ],
)
def test_an_address_that_would_be_ignored_is_refused(given: list[str], named: str) -> None:
    """The account is that of the key, or of who signs in at the provider."""
    ended = CliRunner().invoke(make_cli(), ["login", "--email", "ada@example.org", *given])

    assert ended.exit_code == ExitCode.USAGE
    assert ended.stderr == f"tracklift: {named} and --email can't be given together.\n"


def test_an_address_among_the_defaults_stands_back() -> None:
    """It is there for log-ins with a password; another way is asked for now."""
    defaults = {"login": {"email": "ada@example.org"}}
    ended = CliRunner().invoke(make_cli(), ["login", "--api-key-stdin"], input="", default_map=defaults)

    assert ended.stderr == "tracklift: Standard input has no API key.\n"


async def test_the_only_provider_is_meant() -> None:
    assert await choose(listed("company")) == "company"


@pytest.mark.parametrize(
    ("names", "told"),
    [
        ([], "The server has no sign-in provider: log in with a password or an API key."),
        (["company", "google"], "choose one by --provider: company, google."),
    ],
)
async def test_of_none_or_several_the_user_is_told(
    names: list[str], told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(typer.Exit) as ended:
        await choose(listed(*names))

    assert ended.value.exit_code == ExitCode.USAGE
    assert told in capsys.readouterr().err
