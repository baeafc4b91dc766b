"""The command `watch-folder`."""

import tempfile
from collections.abc import Callable
from importlib.metadata import entry_points
from pathlib import Path
from typing import Annotated

import typer

from tracklift_domain.extraction.options import AudioOptions
from tracklift_terminal.done_files import DoneFiles
from tracklift_terminal.exit_codes import EXIT_CODES, ExitCode
from tracklift_terminal.inputs import STANDARD, Input
from tracklift_terminal.option_parameters import GivenOptions, read_options, with_option_parameters
from tracklift_terminal.outputs import plan_outputs
from tracklift_terminal.running import fail, run
from tracklift_terminal.upload_command import Manner, Uploads
from tracklift_terminal.usage import usage_told
from tracklift_terminal.watch_folder import Convert, FolderWatch, Watching

PLUGGED_CONVERTERS = "tracklift.converters"
"""The entry point of what converts here: a function of a folder for temporary files and the options."""
ConvertHere = Callable[[Path, AudioOptions], Convert]


def add_watch_folder_command(cli: typer.Typer) -> None:
    """Add the command."""
    cli.command("watch-folder", epilog=EXIT_CODES)(watch_folder)


@with_option_parameters
def watch_folder(  # noqa: PLR0913  # each is an option of the command
    folder: Annotated[
        Path,
        typer.Argument(metavar="DIR", exists=True, file_okay=False, help="The folder.", show_default=False),
    ],
    *,
    output: Annotated[
        str | None,
        typer.Option(
            "-o", "--output", metavar="PATH", help="A folder, or a template. [default: beside each video]"
        ),
    ] = None,
    here: Annotated[bool, typer.Option("--here", help="Convert on this machine, not at the server.")] = False,
    whole: Annotated[
        bool, typer.Option("--whole", help="Send all of each video, though its sound would be enough.")
    ] = False,
    recursive: Annotated[
        bool, typer.Option("--recursive", "-r", help="Watch the folders in it too.")
    ] = False,
    once: Annotated[bool, typer.Option("--once", help="Convert what is there, and end.")] = False,
    settle: Annotated[
        float, typer.Option(min=0, max=3600, help="Seconds without a change after which a file is complete.")
    ] = 5.0,
    as_json: Annotated[bool, typer.Option("--json", help="Write one JSON object for each file.")] = False,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Say nothing but what goes wrong.")] = False,
    given: GivenOptions,
) -> None:
    """Convert each video that is in a folder or appears there, until Ctrl-C.

    What was done is remembered: the same call tomorrow goes on with what is new. A video that failed is tried again
    once it changes, one that could not be sent as soon as the server is there.

        tracklift watch-folder ~/Recordings -o ~/Music/ --here
    """
    with usage_told():
        options = read_options(given)
        if output == STANDARD or (output and "{" not in output and output.endswith(".mp3")):
            raise ValueError(f"-o {output}: name a folder or a template.")
        folder_of = output if output is None or "{" in output else f"{output.rstrip('/')}/"
        plan_outputs([Input(folder / "x.mp4", "x.mp4")], folder_of)
    converter = _convert_here() if here else None
    if here and converter is None:
        fail("--here needs pip install 'tracklift[standalone]'.", ExitCode.USAGE)
    with tempfile.TemporaryDirectory(prefix="tracklift-") as scratch:
        if converter is not None:
            convert = converter(Path(scratch), options)
        else:
            manner = Manner(whole=whole, as_json=as_json, quiet=quiet)
            convert = Uploads(manner, options, Path(scratch)).run
        watching = Watching(folder=folder, output=folder_of, recursive=recursive, once=once, settle=settle)
        run(FolderWatch(watching, DoneFiles(folder), convert).run())


def _convert_here() -> ConvertHere | None:
    for plugged in entry_points(group=PLUGGED_CONVERTERS):
        try:
            found: ConvertHere = plugged.load()
        except ModuleNotFoundError:
            return None
        return found
    return None
