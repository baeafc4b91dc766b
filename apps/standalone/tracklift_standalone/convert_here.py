"""Converts files for commands of the terminal app, which finds this function by an entry point."""

from pathlib import Path

from tracklift_adapters.process.logs import log_to_standard_error
from tracklift_domain.extraction.options import AudioOptions
from tracklift_standalone.convert import Manner, make_converter
from tracklift_terminal.file_result import FileResult
from tracklift_terminal.inputs import Input
from tracklift_terminal.outputs import IsOwn, Output, Replacing
from tracklift_terminal.watch_folder import Convert
from tracklift_terminal.watch_folder_command import ADVICE


def convert_here(scratch: Path, options: AudioOptions, *, as_json: bool, quiet: bool) -> Convert:
    """Return a function that converts files on this machine, with its temporary files in `scratch`."""
    log_to_standard_error(level="ERROR", form="text")

    async def convert(video: Input, output: Output, is_own: IsOwn) -> FileResult:
        # A new converter each time: it remembers the files that it wrote, and a watch may run for months.
        manner = Manner(as_json=as_json, quiet=quiet, replacing=Replacing(is_own=is_own, advice=ADVICE))
        (result,) = await make_converter(scratch, manner).results([video], [output], options)
        return result

    return convert
