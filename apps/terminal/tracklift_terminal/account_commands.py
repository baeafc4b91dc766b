"""Commands for the user's log-in: login, logout, whoami."""

import sys
from collections.abc import Callable
from typing import Annotated

import typer

from tracklift_client.async_client import AsyncClient
from tracklift_client.connection import server_address
from tracklift_client.credentials import MemoryTokens
from tracklift_client.errors import ProblemError, TrackliftError
from tracklift_client.session import Session
from tracklift_terminal.connecting import DEFAULT_SERVER, connect, credential_file, patience_with
from tracklift_terminal.credential_file import LogIn
from tracklift_terminal.exit_codes import EXIT_CODES, ExitCode
from tracklift_terminal.running import fail, run, told
from tracklift_terminal.shown import say, write_json, write_line

_Json = Annotated[bool, typer.Option("--json", help="Write one JSON object a line.")]


def add_account_commands(cli: typer.Typer) -> None:
    """Add the commands of this module."""
    for command in (login, logout, whoami):
        cli.command(epilog=EXIT_CODES)(command)


def login(
    context: typer.Context,
    server: Annotated[
        str | None,
        typer.Argument(
            help=f"Its address.  [default: the last one, or {DEFAULT_SERVER}]", show_default=False
        ),
    ] = None,
    *,
    email: Annotated[str | None, typer.Option(help="Ask for the password only.", show_default=False)] = None,
    password_stdin: Annotated[
        bool,
        typer.Option(
            "--password-stdin",
            help="Read the password from standard input, and from a second line the code of a second factor.",
        ),
    ] = False,
    api_key_stdin: Annotated[
        bool, typer.Option("--api-key-stdin", help="Read an API key from standard input instead.")
    ] = False,
    device: Annotated[
        bool,
        typer.Option(
            "--device", help="Sign in with the server's sign-in provider, in a browser on any device."
        ),
    ] = False,
    provider: Annotated[
        str | None,
        typer.Option(help="The same with this one of several providers.", show_default=False),
    ] = None,
) -> None:
    """Log in to a server with e-mail address and password, with a company's account or with an API key.

    For a company's account, --device shows a code to enter in a browser on any device.

        tracklift login https://tracklift.example

        tracklift login tracklift.example --device

        tracklift login tracklift.example --api-key-stdin < key.txt
    """
    ways = {
        "--password-stdin": password_stdin,
        "--api-key-stdin": api_key_stdin,
        "--device": device,
        "--provider": provider is not None,
    }
    given = [name for name, is_given in ways.items() if is_given]
    if len(given) > 1 and given != ["--device", "--provider"]:
        fail(f"{given[0]} and {given[1]} can't be given together.", ExitCode.USAGE)
    if _is_typed(context, "email") and given and given != ["--password-stdin"]:
        fail(f"{given[0]} and --email can't be given together.", ExitCode.USAGE)
    if password_stdin and email is None:
        fail("--password-stdin needs --email.", ExitCode.USAGE)
    with told():
        kept = credential_file().log_in()
        address = server_address(server or (kept.server if kept else DEFAULT_SERVER))
    if api_key_stdin:
        run(_log_in_with_key(address, _from_standard_input("API key").strip()))
    if device or provider is not None:
        run(_log_in_on_device(address, provider))
    address_of_user = email or typer.prompt("E-mail address", err=True)
    password = (
        _from_standard_input("password")
        if password_stdin
        else typer.prompt("Password", hide_input=True, err=True)
    )
    run(_log_in(address, address_of_user, password, lambda: _code(password_stdin=password_stdin)))


def logout() -> None:
    """End the session at the server, and delete the stored log-in."""
    run(_log_out())


def whoami(*, as_json: _Json = False) -> None:
    """Show which server you are logged in to, and as whom."""
    run(_who_am_i(as_json=as_json))


def _is_typed(context: typer.Context, parameter: str) -> bool:
    # A default from the user's file is for log-ins with a password, and is ignored for others.
    source = context.get_parameter_source(parameter)
    return source is not None and source.name == "COMMANDLINE"


def _from_standard_input(what: str) -> str:
    text = sys.stdin.readline(4096).rstrip("\r\n")
    if not text:
        fail(f"Standard input has no {what}.", ExitCode.USAGE)
    return text


def _code(*, password_stdin: bool) -> str:
    if password_stdin:
        return _from_standard_input("code of the second factor in its second line")
    return str(typer.prompt("Code of your app", err=True))


async def _log_in(server: str, email: str, password: str, ask_for_code: Callable[[], str]) -> ExitCode:
    tokens = MemoryTokens()
    async with AsyncClient(server, Session(tokens=tokens, patience=patience_with(server))) as client:
        try:
            await client.log_in(email, password)
        except ProblemError as error:
            if error.code != "second_factor_required":
                raise
            await client.log_in(email, password, ask_for_code())
    _keep(server, email, tokens)
    return ExitCode.OK


async def _log_in_on_device(server: str, provider: str | None) -> ExitCode:
    tokens = MemoryTokens()
    async with AsyncClient(server, Session(tokens=tokens, patience=patience_with(server))) as client:
        begun = await client.begin_device_sign_in(provider or await _only_provider(client))
        say(f"Open {begun.verification_uri} in a browser and enter the code {begun.user_code}")
        if begun.verification_uri_complete is not None:
            say(f"or open {begun.verification_uri_complete}")
        await client.complete_device_sign_in(begun)
        email = (await client.me()).email
    _keep(server, email, tokens)
    return ExitCode.OK


async def _only_provider(client: AsyncClient) -> str:
    names = [each.name for each in await client.sign_in_providers()]
    if not names:
        fail("The server has no sign-in provider: log in with a password or an API key.", ExitCode.USAGE)
    if len(names) > 1:
        fail(
            f"The server has several sign-in providers: choose one by --provider: {', '.join(names)}.",
            ExitCode.USAGE,
        )
    return names[0]


def _keep(server: str, email: str, tokens: MemoryTokens) -> None:
    held = tokens.read()
    assert held is not None  # noqa: S101  # a log-in that does not raise leaves tokens
    credential_file().keep(
        LogIn(
            server=server,
            email=email,
            access_token=held.access_token,
            refresh_token=held.refresh_token,
            expires_at=held.expires_at,
        )
    )
    say(f"Logged in at {server} as {email}.")


async def _log_in_with_key(server: str, key: str) -> ExitCode:
    async with AsyncClient(server, Session(api_key=key, patience=patience_with(server))) as client:
        await _check_key(client)
    credential_file().keep(LogIn(server=server, api_key=key))
    say(f"Logged in at {server} with an API key.")
    return ExitCode.OK


async def _check_key(client: AsyncClient) -> None:
    # A key can't read its user's account; a valid key without the right to read gets `insufficient_scope`.
    try:
        await client.page(limit=1)
    except TrackliftError as error:
        if getattr(error, "code", None) != "insufficient_scope":
            raise


async def _log_out() -> ExitCode:
    file = credential_file()
    kept = file.log_in()
    if kept is None:
        say("You were not logged in.")
        return ExitCode.OK
    if kept.refresh_token:
        async with AsyncClient(
            kept.server, Session(tokens=file, patience=patience_with(kept.server))
        ) as client:
            await client.log_out()
    file.keep(None)
    say(f"Logged out at {kept.server}.")
    return ExitCode.OK


async def _who_am_i(*, as_json: bool) -> ExitCode:
    async with connect() as client:
        if client.session.api_key is not None:
            await _check_key(client)
            email = None
        else:
            email = (await client.me()).email
        server = client.server
    if as_json:
        write_json({"server": server, "email": email})
    else:
        write_line(f"{server}  {email or 'with an API key'}")
    return ExitCode.OK
