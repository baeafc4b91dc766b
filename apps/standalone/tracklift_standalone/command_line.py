"""The command `tracklift`."""

import asyncio
import os
import sys
import tempfile
from importlib.metadata import version
from pathlib import Path
from typing import Annotated, NoReturn

import typer
from rich.console import Console

from tracklift_adapters.environment.settings import SettingsError, read_settings
from tracklift_domain.conversion.errors import InvalidOptionError
from tracklift_domain.conversion.options import AudioOptions
from tracklift_standalone.convert import ExitCode, make_converter, plan_outputs
from tracklift_standalone.doctor import examine
from tracklift_standalone.logs import log_to_standard_error
from tracklift_standalone.settings import StandaloneSettings

_EXIT_CODES = """
Exit codes: 0 all is well; 1 something failed; 2 the command line makes no sense; 130 interrupted.
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


def main() -> None:
    """Run the command line of this process."""
    cli()


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

    Database, queue, videos, MP3s, mails and keys lie in the data folder. Every setting can be given as an environment
    variable `TRACKLIFT_…`; `tracklift doctor` checks them. SIGTERM or Ctrl-C lets running work end first.
    """
    settings = _settings(host=host, port=port, data_folder=data_folder)
    # Imported here, since a conversion in the terminal needs neither the web framework nor the database.
    from tracklift_standalone.serve import CANT_START, serve_until_stopped  # noqa: PLC0415

    log_to_standard_error(settings.log_level)

    def announce(address: str) -> None:
        typer.echo(f"Tracklift is ready at {address}  (documentation: {address}/docs)")
        typer.echo(f"Data and mails are in {settings.data_folder}. Stop with Ctrl-C.")
        sys.stdout.flush()

    try:
        all_well = asyncio.run(serve_until_stopped(settings, announce))
    except CANT_START as error:
        _fail(f"{error} 'tracklift doctor' tells more.")
    raise typer.Exit(0 if all_well else 1)


@cli.command(epilog=_EXIT_CODES)
def convert(
    inputs: Annotated[list[Path], typer.Argument(help="MP4 files.", metavar="INPUT...", show_default=False)],
    *,
    output: Annotated[
        Path | None,
        typer.Option("-o", "--output", help="The MP3, or a folder for several. [default: beside each input]"),
    ] = None,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace MP3s that exist.")] = False,
    bitrate: Annotated[int | None, typer.Option(help="Constant bit rate, kbit/s. [default: 192]")] = None,
    quality: Annotated[int | None, typer.Option(help="Variable bit rate, 0 (best) to 9.")] = None,
    channels: Annotated[int | None, typer.Option(help="1 or 2. [default: as the video]")] = None,
    sample_rate: Annotated[int | None, typer.Option(help="Hz. [default: as the video]")] = None,
    start: Annotated[float, typer.Option(help="Begin here, in seconds.")] = 0.0,
    end: Annotated[float | None, typer.Option(help="End here, in seconds.", show_default=False)] = None,
    track: Annotated[int, typer.Option(help="Which audio track.")] = 1,
    normalize: Annotated[bool, typer.Option("--normalize", help="Bring loudness to −16 LUFS.")] = False,
    title: Annotated[str | None, typer.Option(help="Tag.", show_default=False)] = None,
    artist: Annotated[str | None, typer.Option(help="Tag.", show_default=False)] = None,
    album: Annotated[str | None, typer.Option(help="Tag.", show_default=False)] = None,
) -> None:
    """Make an MP3 of each video, here and now.

    A file that can't be converted is named with the reason, and the others are converted all the same.

        tracklift convert talk.mp4

        tracklift convert *.mp4 -o music/ --bitrate 320
    """
    try:
        options = AudioOptions(
            bitrate=bitrate,
            quality=quality,
            channels=channels,
            sample_rate=sample_rate,
            start=start,
            end=end,
            track=track,
            normalize=normalize,
            title=title,
            artist=artist,
            album=album,
        )
        outputs = plan_outputs(inputs, output)
    except InvalidOptionError as error:
        _fail(f"--{error.field.replace('_', '-')} {error.reason}", ExitCode.USAGE)
    except ValueError as error:
        _fail(str(error), ExitCode.USAGE)
    log_to_standard_error("ERROR")
    with tempfile.TemporaryDirectory(prefix="tracklift-") as scratch:
        converter = make_converter(Console(stderr=True), Path(scratch), overwrite=overwrite)
        try:
            code = asyncio.run(converter.convert(inputs, outputs, options))
        except KeyboardInterrupt:
            code = ExitCode.INTERRUPTED
    raise typer.Exit(code)


@cli.command()
def doctor(
    data_folder: Annotated[Path | None, typer.Option(help="Look at this data folder instead.")] = None,
    port: Annotated[int | None, typer.Option(help="Look at this port instead.")] = None,
) -> None:
    """Say what is wrong with ffmpeg, data folder, port and settings, and how to mend it."""
    settings = _settings(data_folder=data_folder, port=port)
    findings = examine(settings)
    for finding in findings:
        mark = "ok   " if finding.mend is None else "WRONG"
        typer.echo(f"{mark} {finding.what}")
        if finding.mend is not None:
            typer.echo(f"      -> {finding.mend}")
    raise typer.Exit(0 if all(finding.mend is None for finding in findings) else 1)


def _settings(**given: object) -> StandaloneSettings:
    """Read the settings, those of the command line before those of the environment."""
    environment = dict(os.environ)
    for name, value in given.items():
        if value is not None:
            environment[f"TRACKLIFT_{name.upper()}"] = str(value)
    try:
        return read_settings(StandaloneSettings, environment)
    except SettingsError as error:
        _fail(str(error), ExitCode.USAGE)


def _fail(message: str, code: ExitCode = ExitCode.FAILED) -> NoReturn:
    typer.echo(f"tracklift: {message}", err=True)
    raise typer.Exit(code)
