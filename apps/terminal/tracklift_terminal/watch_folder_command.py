"""The command `watch-folder`."""

import hashlib
import tempfile
from importlib.metadata import entry_points
from pathlib import Path
from typing import Annotated, Protocol

import typer

from tracklift_domain.extraction.options import OPTIONS, AudioOptions
from tracklift_terminal.done_files import DoneFiles
from tracklift_terminal.exit_codes import EXIT_CODES, ExitCode
from tracklift_terminal.file_result import FileResult
from tracklift_terminal.inputs import STANDARD, Input
from tracklift_terminal.option_parameters import GivenOptions, read_options, with_option_parameters
from tracklift_terminal.outputs import IsOwn, Output, Replacing, plan_outputs
from tracklift_terminal.running import fail, run
from tracklift_terminal.upload_command import Manner, Uploads
from tracklift_terminal.usage import usage_told
from tracklift_terminal.watch_folder import Convert, FolderWatch, Watching

PLUGGED_CONVERTERS = "tracklift.converters"
"""The group of the entry point that converts on this machine."""
ADVICE = "remove it, or name another place with -o."
"""Advice about a file that is in the MP3's place."""


class ConvertHere(Protocol):
    """Makes a function that converts on this machine, with its temporary files in a folder."""

    def __call__(self, scratch: Path, options: AudioOptions, *, as_json: bool, quiet: bool) -> Convert:
        """Make the function."""


def add_watch_folder_command(cli: typer.Typer) -> None:
    """Add the command."""
    cli.command("watch-folder", epilog=EXIT_CODES)(watch_folder)


@with_option_parameters
def watch_folder(  # noqa: PLR0913  # each is an option of the command
    folder_name: Annotated[str, typer.Argument(metavar="DIR", help="The folder.", show_default=False)],
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

    Converted videos are remembered: the same command tomorrow converts only new ones. A video that can't be
    converted is retried once it changes; one that failed for another reason, such as a full disk, is retried
    after a minute, then at longer intervals, and by the next run. With other options, or another place for
    the MP3s, all videos are converted again. An MP3 that this command made is replaced when its video is; any
    other file in its place is kept, and reported once.

        tracklift watch-folder ~/Recordings -o ~/Music/ --here
    """
    with usage_told():
        options = read_options(given)
        folder = _folder(folder_name)
        if output == STANDARD or (output and "{" not in output and output.endswith(".mp3")):
            raise ValueError(f"-o {output}: name a folder or a template.")
        folder_of = output if output is None or "{" in output else f"{output.rstrip('/')}/"
        plan_outputs([Input(folder / "x.mp4", "x.mp4")], folder_of)
    converter = _convert_here() if here else None
    if here and converter is None:
        fail("--here needs pip install 'tracklift[standalone]'.", ExitCode.USAGE)
    with tempfile.TemporaryDirectory(prefix="tracklift-") as scratch:
        if converter is not None:
            convert = converter(Path(scratch), options, as_json=as_json, quiet=quiet)
        else:
            convert = _at_server(Path(scratch), options, whole=whole, as_json=as_json, quiet=quiet)
        watching = Watching(folder=folder, output=folder_of, recursive=recursive, once=once, settle=settle)
        done = DoneFiles(folder, asked=_asked(folder_of, options, here=here))
        run(FolderWatch(watching, done, convert).run())


def _folder(name: str) -> Path:
    # Checked here, since an empty name as a path is the current folder.
    if not name or not Path(name).is_dir():
        raise ValueError(f"{name}: there is no such folder." if name else "DIR is empty: name a folder.")
    return Path(name)


def _at_server(scratch: Path, options: AudioOptions, *, whole: bool, as_json: bool, quiet: bool) -> Convert:
    async def convert(video: Input, output: Output, is_own: IsOwn) -> FileResult:
        replacing = Replacing(is_own=is_own, advice=ADVICE)
        manner = Manner(whole=whole, as_json=as_json, quiet=quiet, replacing=replacing)
        (result,) = await Uploads(manner, options, scratch).results([video], [output])
        return result

    return convert


def _asked(output: str | None, options: AudioOptions, *, here: bool) -> str:
    """Give a hash of where MP3s go and how they are made, without defaults, so that a new option does not change it."""
    place = None if output is None else str(Path(output).absolute())
    values = ((each, getattr(options, each.name)) for each in OPTIONS)
    chosen = {each.name: value for each, value in values if value != each.default}
    # repr() escapes bytes that are not valid text.
    return hashlib.sha256(repr((place, here, chosen)).encode()).hexdigest()[:16]


def _convert_here() -> ConvertHere | None:
    for plugged in entry_points(group=PLUGGED_CONVERTERS):
        try:
            found: ConvertHere = plugged.load()
        except ModuleNotFoundError:
            return None
        return found
    return None
