"""All commands of `tracklift`."""

import os
from importlib.metadata import entry_points, version
from typing import Annotated, cast

import typer
from typer.core import TyperGroup

from tracklift_terminal.account_commands import add_account_commands
from tracklift_terminal.again_command import add_again_command
from tracklift_terminal.conversion_commands import add_conversion_commands
from tracklift_terminal.defaults import DefaultsError, defaults_file, read_defaults
from tracklift_terminal.exit_codes import EXIT_CODES, ExitCode
from tracklift_terminal.running import fail
from tracklift_terminal.shown import accept_any_text, say
from tracklift_terminal.upload_command import add_upload_command
from tracklift_terminal.watch_folder_command import add_watch_folder_command

PLUGGED_COMMANDS = "tracklift.commands"
"""The entry points that add commands: those of the standalone app, if its requirements are installed."""
LOCAL_COMMANDS = ("serve", "convert", "doctor", "dead-letters", "users")
"""The commands that the standalone app adds."""


def make_cli() -> typer.Typer:
    """Make the command with the subcommands for a remote server."""
    cli = typer.Typer(
        name="tracklift",
        help="Lifts the audio out of video.",
        no_args_is_help=True,
        rich_markup_mode="markdown",
        pretty_exceptions_enable=False,
        epilog=EXIT_CODES,
    )
    cli.callback()(common)
    add_account_commands(cli)
    add_upload_command(cli)
    add_watch_folder_command(cli)
    add_conversion_commands(cli)
    add_again_command(cli)
    return cli


def make_whole_cli() -> typer.Typer:
    """Make the command with all installed subcommands."""
    cli = make_cli()
    for plugged in entry_points(group=PLUGGED_COMMANDS):
        try:
            add = plugged.load()
        except ModuleNotFoundError as error:
            if (error.name or "").startswith("tracklift_"):
                raise
            _add_stand_ins(cli)
        else:
            add(cli)
    return cli


def call(cli: typer.Typer) -> None:
    """Run a command line with the user's own defaults."""
    accept_any_text()
    if "_TRACKLIFT_COMPLETE" in os.environ:
        cli(prog_name="tracklift")
    command = cast("TyperGroup", typer.main.get_command(cli))
    try:
        defaults = read_defaults(command)
    except DefaultsError as error:
        say(f"tracklift: {defaults_file()}: {error}")
        raise SystemExit(ExitCode.USAGE) from error
    command(prog_name="tracklift", default_map=defaults)


def _add_stand_ins(cli: typer.Typer) -> None:
    def stand_in(_arguments: Annotated[list[str] | None, typer.Argument()] = None) -> None:
        """Not installed here: pip install 'tracklift[standalone]'."""
        fail("This needs pip install 'tracklift[standalone]'.")

    for name in LOCAL_COMMANDS:
        cli.command(name, context_settings={"ignore_unknown_options": True})(stand_in)


def _show_version(*, wanted: bool) -> None:
    if wanted:
        typer.echo(f"tracklift {version('tracklift')}")
        raise typer.Exit


def common(
    *,
    _version: Annotated[
        bool, typer.Option("--version", callback=_show_version, is_eager=True, help="Show the version.")
    ] = False,
) -> None:
    """Lifts the audio out of video: from local files, on a remote server, or as a server."""
