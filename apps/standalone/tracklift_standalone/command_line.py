"""The command `tracklift`."""

import asyncio
import os
import sys
import tempfile
from collections.abc import Coroutine
from importlib.metadata import version
from pathlib import Path
from typing import Annotated, NoReturn, TypeVar

import typer
from rich.console import Console

from tracklift_adapters.environment.settings import SettingsError, read_settings
from tracklift_adapters.environment.unknown_variables import warn_of_unknown_variables
from tracklift_adapters.local_queue.errors import UnusableQueueFileError
from tracklift_adapters.process.logs import log_to_standard_error
from tracklift_adapters.system.private_folder import make_new_files_private
from tracklift_domain.errors import DomainError
from tracklift_domain.extraction.errors import InvalidOptionError
from tracklift_domain.messaging.queues import QUEUES
from tracklift_standalone.convert import ExitCode, make_converter, plan_outputs, until_terminated
from tracklift_standalone.doctor import examine, examine_without_settings
from tracklift_standalone.option_parameters import (
    GivenOptions,
    flag,
    read_options,
    with_option_parameters,
)
from tracklift_standalone.settings import StandaloneSettings

_QUEUES = ", ".join(QUEUES)
_EXIT_CODES = """
Exit codes: 0 all is well; 1 something failed; 2 the command line or a setting makes no
sense; 130 interrupted; 143 terminated.
"""

cli = typer.Typer(
    name="tracklift",
    help="Lifts the audio out of video.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode="markdown",
    pretty_exceptions_enable=False,
    epilog=_EXIT_CODES,
)

dead_letters = typer.Typer(
    name="dead-letters",
    help="Show events that could not be handled, and have them handled again.",
    no_args_is_help=True,
    epilog=_EXIT_CODES,
)
cli.add_typer(dead_letters)
_Result = TypeVar("_Result")


def main() -> None:
    """Run the command line of this process."""
    cli(prog_name="tracklift")


def _show_version(*, wanted: bool) -> None:
    if wanted:
        typer.echo(f"tracklift {version('tracklift')}")
        raise typer.Exit


@cli.callback()
def common(
    *,
    _version: Annotated[
        bool, typer.Option("--version", callback=_show_version, is_eager=True, help="Show the version.")
    ] = False,
) -> None:
    """Lifts the audio out of video: as a service, or of single files."""


@cli.command(epilog=_EXIT_CODES)
def serve(
    host: Annotated[str | None, typer.Option(help="Address to listen at.  [default: 127.0.0.1]")] = None,
    port: Annotated[int | None, typer.Option(help="Port; 0 takes a free one.  [default: 8080]")] = None,
    data_folder: Annotated[
        Path | None, typer.Option(help="Where everything is kept.  [default: ~/.local/share/tracklift]")
    ] = None,
) -> None:
    """Serve uploads and downloads from this one process, without any server beside it.

    Database, queue, videos, MP3s, mails and keys lie in the data folder; with `TRACKLIFT_SMTP_HOST`, mails go to a mail
    server. Every setting can be given as an environment variable `TRACKLIFT_…`; `tracklift doctor` checks them.
    SIGTERM or Ctrl-C lets running work end first.
    """
    settings = _settings(host=host, port=port, data_folder=data_folder)
    # Imported here, since a conversion in the terminal needs neither the web framework nor the database.
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
        _fail(f"{error} 'tracklift doctor' tells more.")
    raise typer.Exit(0 if all_well else 1)


@cli.command(epilog=_EXIT_CODES)
@with_option_parameters
def convert(
    inputs: Annotated[list[Path], typer.Argument(help="MP4 files.", metavar="INPUT", show_default=False)],
    *,
    output: Annotated[
        str | None,
        typer.Option(
            "-o",
            "--output",
            help="The MP3, or a folder: for several, or with a slash behind it. [default: beside each input]",
            metavar="PATH",
        ),
    ] = None,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace MP3s that exist.")] = False,
    given: GivenOptions,
) -> None:
    """Make an MP3 of each video, here and now.

    A file that can't be converted is named with the reason, and the others are converted all the same.

        tracklift convert talk.mp4

        tracklift convert *.mp4 -o music/ --bitrate 320
    """
    try:
        options = read_options(given)
        outputs = plan_outputs(inputs, output)
    except InvalidOptionError as error:
        _fail(f"{flag(error.field)} {error.reason}", ExitCode.USAGE)
    except ValueError as error:
        _fail(str(error), ExitCode.USAGE)
    log_to_standard_error(level="ERROR", form="text")
    with tempfile.TemporaryDirectory(prefix="tracklift-") as scratch:
        converter = make_converter(Console(stderr=True), Path(scratch), overwrite=overwrite)
        try:
            code = asyncio.run(until_terminated(converter.convert(inputs, outputs, options)))
        except KeyboardInterrupt:
            code = ExitCode.INTERRUPTED
        except asyncio.CancelledError:
            code = ExitCode.TERMINATED
    raise typer.Exit(code)


@cli.command()
def doctor(
    data_folder: Annotated[Path | None, typer.Option(help="Look at this data folder instead.")] = None,
    port: Annotated[int | None, typer.Option(help="Look at this port instead.")] = None,
) -> None:
    """Say what is wrong with ffmpeg, data folder, port, mail server and settings, and how to fix it."""
    try:
        findings = examine(_read(data_folder=data_folder, port=port))
    except SettingsError as error:
        findings = examine_without_settings(error)
    for finding in findings:
        mark = "ok   " if finding.fix is None else "WRONG"
        typer.echo(f"{mark} {finding.what}")
        if finding.fix is not None:
            typer.echo(f"      -> {finding.fix}")
    raise typer.Exit(0 if all(finding.fix is None for finding in findings) else 1)


@dead_letters.command("list", epilog=_EXIT_CODES)
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

    settings = _settings(data_folder=data_folder)
    queues = QUEUES if queue is None else (_known_queue(queue),)
    letters = _with_data(list_dead_letters(settings, queues, limit=limit))
    for letter in letters:
        typer.echo(describe_dead_letter(letter))
    if not letters:
        typer.echo("There are no dead letters.", err=True)


@dead_letters.command(epilog=_EXIT_CODES)
def redrive(
    queue: Annotated[str, typer.Argument(help=f"One of {_QUEUES}.")],
    letter_id: Annotated[str, typer.Argument(metavar="ID", help="As the list shows it.")],
    data_folder: Annotated[Path | None, typer.Option(help="Look into this data folder instead.")] = None,
) -> None:
    """Put a dead letter back into its queue, once its cause is fixed.

    Tracklift may be serving meanwhile and takes it up within a second, else at its next start. A conversion that has
    failed gets new attempts.
    """
    from tracklift_standalone.dead_letters import redrive_dead_letter  # noqa: PLC0415

    settings = _settings(data_folder=data_folder)
    _with_data(redrive_dead_letter(settings, _known_queue(queue), letter_id))
    typer.echo(f"Dead letter {letter_id} is back in queue {queue}.")


def _known_queue(queue: str) -> str:
    if queue not in QUEUES:
        _fail(f"There is no queue {queue}: choose one of {_QUEUES}.", ExitCode.USAGE)
    return queue


def _with_data(work: Coroutine[None, None, _Result]) -> _Result:
    from tracklift_standalone.dead_letters import NoDataError  # noqa: PLC0415

    log_to_standard_error(level="ERROR", form="text")
    make_new_files_private()
    try:
        return asyncio.run(work)
    except (NoDataError, UnusableQueueFileError, DomainError) as error:
        _fail(str(error))


def _settings(**given: object) -> StandaloneSettings:
    try:
        return _read(**given)
    except SettingsError as error:
        _fail(str(error), ExitCode.USAGE)


def _read(**given: object) -> StandaloneSettings:
    """Read the settings, those of the command line before those of the environment. Raises `SettingsError`."""
    environment = dict(os.environ)
    for name, value in given.items():
        if value is not None:
            environment[f"TRACKLIFT_{name.upper()}"] = str(value)
    return read_settings(StandaloneSettings, environment)


def _fail(message: str, code: ExitCode = ExitCode.FAILED) -> NoReturn:
    typer.echo(f"tracklift: {message}", err=True)
    raise typer.Exit(code)
