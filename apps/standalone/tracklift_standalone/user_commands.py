"""The commands `tracklift users`."""

import sys
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypeVar

import typer

from tracklift_domain.user.quota import LARGEST_QUOTA, UserQuota
from tracklift_domain.user.role import Role
from tracklift_standalone.command_runs import run_with_data, settings_of
from tracklift_terminal.exit_codes import EXIT_CODES
from tracklift_terminal.shown import write_line

if TYPE_CHECKING:
    from tracklift_auth.user_commands import UserCommands

users = typer.Typer(
    name="users",
    help="List, make, change and delete users. The first admin is made so.",
    no_args_is_help=True,
    epilog=EXIT_CODES,
)
_DataFolder = Annotated[Path | None, typer.Option(help="Look into this data folder instead.")]
_Email = Annotated[str, typer.Argument(help="The user's address.", show_default=False)]
_Result = TypeVar("_Result")


@users.command("list", epilog=EXIT_CODES)
def list_them(
    search: Annotated[str, typer.Argument(help="A part of the address.", show_default=False)] = "",
    data_folder: _DataFolder = None,
) -> None:
    """List users: address, role, state, id and own limits."""
    _say(_run(data_folder, lambda commands: commands.list(search)))


@users.command(epilog=EXIT_CODES)
def create(
    email: _Email,
    *,
    role: Annotated[Role, typer.Option(help="What the user may do.")] = Role.USER,
    password_stdin: Annotated[
        bool, typer.Option("--password-stdin", help="Read a password from the standard input.")
    ] = False,
    ask_password: Annotated[
        bool, typer.Option("--ask-password", help="Ask for a password on the terminal.")
    ] = False,
    data_folder: _DataFolder = None,
) -> None:
    """Create a user, even if users can't sign up. Without a password, a link that sets one is mailed."""
    password = None
    if password_stdin:
        password = sys.stdin.readline().rstrip("\r\n")
    elif ask_password:
        password = typer.prompt("Password", hide_input=True, confirmation_prompt=True)
    made = _run(data_folder, lambda commands: commands.create(email, role, password), new_folder=True)
    _say([made])


@users.command("set-role", epilog=EXIT_CODES)
def set_role(
    email: _Email,
    role: Annotated[Role, typer.Argument(help="What the user may do from now on.", show_default=False)],
    data_folder: _DataFolder = None,
) -> None:
    """Give a user another role."""
    _say([_run(data_folder, lambda commands: commands.set_role(email, role))])


@users.command("set-quota", epilog=EXIT_CODES)
def set_quota(
    email: _Email,
    *,
    stored_bytes: Annotated[
        int | None, typer.Option(min=0, max=LARGEST_QUOTA, help="Bytes of videos and MP3s at once.")
    ] = None,
    audio_minutes: Annotated[
        int | None, typer.Option(min=0, max=LARGEST_QUOTA, help="Minutes of audio a month.")
    ] = None,
    conversions_in_flight: Annotated[
        int | None, typer.Option(min=0, max=LARGEST_QUOTA, help="Unfinished conversions at once.")
    ] = None,
    upload_bytes: Annotated[
        int | None, typer.Option(min=0, max=LARGEST_QUOTA, help="Bytes of one video.")
    ] = None,
    data_folder: _DataFolder = None,
) -> None:
    """Give a user limits of their own. For limits that are left out, the settings apply again."""
    quota = UserQuota(
        stored_bytes=stored_bytes,
        audio_minutes=audio_minutes,
        conversions_in_flight=conversions_in_flight,
        upload_bytes=upload_bytes,
    )
    _say([_run(data_folder, lambda commands: commands.set_quota(email, quota))])


@users.command(epilog=EXIT_CODES)
def disable(email: _Email, data_folder: _DataFolder = None) -> None:
    """Disable a user's account. Sessions, access tokens and API keys stop working within a minute."""
    _say([_run(data_folder, lambda commands: commands.disable(email))])


@users.command(epilog=EXIT_CODES)
def enable(email: _Email, data_folder: _DataFolder = None) -> None:
    """Enable a user's account again."""
    _say([_run(data_folder, lambda commands: commands.enable(email))])


@users.command(epilog=EXIT_CODES)
def delete(email: _Email, data_folder: _DataFolder = None) -> None:
    """Delete a user and everything that belongs to the account. This can't be undone."""
    _say([_run(data_folder, lambda commands: commands.delete(email))])


@users.command("reset-password", epilog=EXIT_CODES)
def reset_password(email: _Email, data_folder: _DataFolder = None) -> None:
    """Mail a user the link that sets a new password."""
    _say([_run(data_folder, lambda commands: commands.reset_password(email))])


@users.command("remove-second-factor", epilog=EXIT_CODES)
def remove_second_factor(email: _Email, data_folder: _DataFolder = None) -> None:
    """Let a user who has lost the app and the recovery codes log in with only the password."""
    _say([_run(data_folder, lambda commands: commands.remove_second_factor(email))])


def _run(
    data_folder: Path | None,
    work: "Callable[[UserCommands], Awaitable[_Result]]",
    *,
    new_folder: bool = False,
) -> _Result:
    # Imported here, since a conversion in the terminal needs neither the web framework nor the database.
    from tracklift_standalone.users import user_commands  # noqa: PLC0415

    settings = settings_of(data_folder=data_folder)

    async def run() -> _Result:
        async with user_commands(settings, new_folder=new_folder) as commands:
            return await work(commands)

    return run_with_data(run())


def _say(lines: Sequence[str]) -> None:
    for line in lines:
        write_line(line)
