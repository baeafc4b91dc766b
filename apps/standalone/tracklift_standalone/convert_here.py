"""Converts files for commands of the terminal app, which finds it by an entry point."""

from collections.abc import Sequence
from pathlib import Path

from tracklift_adapters.process.logs import log_to_standard_error
from tracklift_domain.extraction.options import AudioOptions
from tracklift_standalone.convert import Manner, make_converter
from tracklift_terminal.exit_codes import ExitCode
from tracklift_terminal.inputs import Input
from tracklift_terminal.outputs import Output
from tracklift_terminal.watch_folder import Convert


def convert_here(scratch: Path, options: AudioOptions) -> Convert:
    """Give what converts files on this machine, with its temporary files in a folder."""
    log_to_standard_error(level="ERROR", form="text")

    async def convert(inputs: Sequence[Input], outputs: Sequence[Output]) -> ExitCode:
        # A new one each time: it remembers the files that it wrote, and a watch goes on for months.
        return await make_converter(scratch, Manner()).convert(inputs, outputs, options)

    return convert
