"""The command that makes another MP3 of a video that is already on the server."""

from dataclasses import asdict
from typing import Annotated

import typer

from tracklift_client.models.options import Options
from tracklift_domain.extraction.options import AudioOptions
from tracklift_terminal.connecting import connect
from tracklift_terminal.exit_codes import EXIT_CODES, ExitCode
from tracklift_terminal.option_parameters import GivenOptions, read_options, with_option_parameters
from tracklift_terminal.running import run
from tracklift_terminal.shown import write_json, write_line
from tracklift_terminal.usage import usage_told


def add_again_command(cli: typer.Typer) -> None:
    """Add the command of this module."""
    cli.command(epilog=EXIT_CODES)(again)


@with_option_parameters
def again(
    conversion_id: Annotated[
        str, typer.Argument(metavar="ID", help="As 'tracklift list' shows it.", show_default=False)
    ],
    *,
    as_json: Annotated[bool, typer.Option("--json", help="Write the new conversion as JSON.")] = False,
    given: GivenOptions,
) -> None:
    """Make another MP3 of a conversion's video, with other options and without an upload. Writes the new id."""
    with usage_told():
        options = read_options(given)
    run(_again(conversion_id, options, as_json=as_json))


async def _again(conversion_id: str, options: AudioOptions, *, as_json: bool) -> ExitCode:
    async with connect() as client:
        made = await client.again(conversion_id, Options(**asdict(options)))
    write_json(made) if as_json else write_line(made.id)
    return ExitCode.OK
