"""The command `tracklift`."""

import asyncio
import os
import sys
import tempfile
from pathlib import Path
from typing import Annotated

import typer

from tracklift_adapters.environment.settings import SettingsError
from tracklift_adapters.process.logs import log_to_standard_error
from tracklift_adapters.system.private_folder import make_new_files_private
from tracklift_domain.messaging.queues import QUEUES
from tracklift_standalone.command_runs import read_given, run_with_data, settings_of
from tracklift_standalone.user_commands import users
from tracklift_terminal.commands import call, make_cli
from tracklift_terminal.exit_codes import EXIT_CODES, ExitCode
from tracklift_terminal.inputs import find_inputs
from tracklift_terminal.option_parameters import GivenOptions, read_options, with_option_parameters
from tracklift_terminal.outputs import Replacing, plan_outputs
from tracklift_terminal.running import fail, run
from tracklift_terminal.shown import write_line
from tracklift_terminal.usage import check_standard_streams, usage_told

_QUEUES = ", ".join(QUEUES)
dead_letters = typer.Typer(
    name="dead-letters",
    help="Show events that could not be handled, and have them handled again.",
    no_args_is_help=True,
    epilog=EXIT_CODES,
)


def main() -> None:
    """Run the command line of this process, with all commands."""
    cli = make_cli()
    add_commands(cli)
    call(cli)


def add_commands(cli: typer.Typer) -> None:
    """Add the commands that run on this machine, without a remote server."""
    for command in (serve, convert):
        cli.command(epilog=EXIT_CODES)(command)
    cli.command()(doctor)
    cli.add_typer(dead_letters)
    cli.add_typer(users)


def serve(
    host: Annotated[str | None, typer.Option(help="Address to listen at.  [default: 127.0.0.1]")] = None,
    port: Annotated[int | None, typer.Option(help="Port; 0 takes a free one.  [default: 8080]")] = None,
    data_folder: Annotated[
        Path | None, typer.Option(help="Where everything is kept.  [default: ~/.local/share/tracklift]")
    ] = None,
) -> None:
    """Serve uploads and downloads from this one process, without any other server.

    The data folder holds database, queue, videos, MP3s, mails and keys; with `TRACKLIFT_SMTP_HOST`, mails go
    to a mail server. Every setting can be given as an environment variable `TRACKLIFT_…`; `tracklift doctor`
    checks them.
    After SIGTERM or Ctrl-C, it finishes running work first.
    """
    settings = settings_of(host=host, port=port, data_folder=data_folder)
    # Imported here and in the other commands, since each command, and the help, needs only a few of them.
    from tracklift_adapters.environment.unknown_variables import warn_of_unknown_variables  # noqa: PLC0415
    from tracklift_standalone.serve import CANT_START, serve_until_stopped  # noqa: PLC0415

    log_to_standard_error(level=settings.log_level, form=settings.log_format)
    warn_of_unknown_variables(os.environ)
    make_new_files_private()

    def announce(address: str) -> None:
        typer.echo(f"Tracklift is ready at {address}  (documentation: {address}/docs)")
        server = settings.smtp_server
        mails = " and mails are" if server is None else " is"
        typer.echo(f"Data{mails} in {settings.data_folder}. Stop with Ctrl-C.")
        if server is not None:
            typer.echo(f"Mails go to {server.host}:{server.port}.")
        sys.stdout.flush()

    try:
        all_well = asyncio.run(serve_until_stopped(settings, announce))
    except CANT_START as error:
        fail(f"{error} 'tracklift doctor' tells more.")
    raise typer.Exit(0 if all_well else 1)


@with_option_parameters
def convert(  # noqa: PLR0913  # each is an option of the command
    inputs: Annotated[
        list[str],
        typer.Argument(help="MP4 files, or - for standard input.", metavar="INPUT", show_default=False),
    ],
    *,
    output: Annotated[
        str | None,
        typer.Option(
            "-o",
            "--output",
            help="The MP3, or a folder: for several, or with a slash behind it; a template such as "
            "'{artist}/{title}.mp3', with {name} for the input's name and {album}; or - for standard output. "
            "[default: beside each input]",
            metavar="PATH",
        ),
    ] = None,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace MP3s that exist.")] = False,
    recursive: Annotated[
        bool, typer.Option("--recursive", "-r", help="Convert the videos in folders too.")
    ] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", "-n", help="Say what would be made, and make nothing.")
    ] = False,
    jobs: Annotated[int, typer.Option("--jobs", "-j", min=1, max=64, help="How many files at once.")] = 1,
    as_json: Annotated[bool, typer.Option("--json", help="Write one JSON object for each file.")] = False,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Say nothing but what goes wrong.")] = False,
    given: GivenOptions,
) -> None:
    """Make an MP3 of each video on this machine.

    A file that can't be converted is reported with the reason, and the others are still converted.

        tracklift convert talk.mp4

        tracklift convert *.mp4 -o music/ --bitrate 320

        tracklift convert -r ~/Videos -o '{artist}/{title}.mp3' --jobs 4
    """
    with usage_told():
        found = find_inputs(inputs, recursive=recursive)
        options = read_options(given)
        outputs = plan_outputs(found, output)
        check_standard_streams(found, outputs, as_json=as_json)
    from tracklift_standalone.convert import Manner, make_converter  # noqa: PLC0415

    log_to_standard_error(level="ERROR", form="text")
    manner = Manner(
        replacing=Replacing(all=overwrite), dry_run=dry_run, as_json=as_json, quiet=quiet, jobs=jobs
    )
    with tempfile.TemporaryDirectory(prefix="tracklift-") as scratch:
        run(make_converter(Path(scratch), manner).convert(found, outputs, options))


def doctor(
    data_folder: Annotated[Path | None, typer.Option(help="Look at this data folder instead.")] = None,
    port: Annotated[int | None, typer.Option(help="Look at this port instead.")] = None,
) -> None:
    """Say what is wrong with ffmpeg, data folder, port, mail server and settings, and how to fix it."""
    from tracklift_standalone.doctor import examine, examine_without_settings  # noqa: PLC0415

    try:
        findings = examine(read_given(data_folder=data_folder, port=port))
    except SettingsError as error:
        findings = examine_without_settings(error)
    for finding in findings:
        mark = "ok   " if finding.fix is None else "WRONG"
        typer.echo(f"{mark} {finding.what}")
        if finding.fix is not None:
            typer.echo(f"      -> {finding.fix}")
    raise typer.Exit(0 if all(finding.fix is None for finding in findings) else 1)


@dead_letters.command("list", epilog=EXIT_CODES)
def list_them(
    queue: Annotated[
        str | None,
        typer.Argument(help=f"Only this queue: {_QUEUES}.", show_default=False),
    ] = None,
    data_folder: Annotated[Path | None, typer.Option(help="Look into this data folder instead.")] = None,
    limit: Annotated[int, typer.Option(min=1, help="How many of each queue at the most.")] = 100,
) -> None:
    """List the events that could not be handled: queue, id, when, which event, and why."""
    from tracklift_runtime.describe_dead_letter import describe_dead_letter  # noqa: PLC0415
    from tracklift_standalone.dead_letters import list_dead_letters  # noqa: PLC0415

    settings = settings_of(data_folder=data_folder)
    queues = QUEUES if queue is None else (_known_queue(queue),)
    letters = run_with_data(list_dead_letters(settings, queues, limit=limit))
    for letter in letters:
        for line in describe_dead_letter(letter).split("\n"):
            write_line(line)
    if not letters:
        typer.echo("There are no dead letters.", err=True)


@dead_letters.command(epilog=EXIT_CODES)
def redrive(
    queue: Annotated[str, typer.Argument(help=f"One of {_QUEUES}.")],
    letter_id: Annotated[str, typer.Argument(metavar="ID", help="As the list shows it.")],
    data_folder: Annotated[Path | None, typer.Option(help="Look into this data folder instead.")] = None,
) -> None:
    """Put a dead letter back into its queue, once its cause is fixed.

    A running Tracklift handles it within a second; otherwise it is handled at the next start. A conversion
    that has failed gets new attempts.
    """
    from tracklift_standalone.dead_letters import redrive_dead_letter  # noqa: PLC0415

    settings = settings_of(data_folder=data_folder)
    run_with_data(redrive_dead_letter(settings, _known_queue(queue), letter_id))
    typer.echo(f"Dead letter {letter_id} is back in queue {queue}.")


def _known_queue(queue: str) -> str:
    if queue not in QUEUES:
        fail(f"There is no queue {queue}: choose one of {_QUEUES}.", ExitCode.USAGE)
    return queue
