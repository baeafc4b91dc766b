"""Converts videos that appear in a folder."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path

from tracklift_terminal.done_files import DoneFiles
from tracklift_terminal.exit_codes import ExitCode
from tracklift_terminal.file_result import FileResult
from tracklift_terminal.growth import GrowthWatch, Stamp, stamps
from tracklift_terminal.inputs import Input, find_inputs
from tracklift_terminal.later_attempts import LaterAttempts
from tracklift_terminal.outputs import IsOwn, Output, plan_outputs

Convert = Callable[[Input, Output, IsOwn], Awaitable[FileResult]]
"""Converts a file and reports the result to the user. It replaces an MP3 that was made from the same file."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Watching:
    """How a folder is watched; times are in seconds."""

    folder: Path
    output: str | None = None
    recursive: bool = False
    once: bool = False
    settle: float = 5.0
    every: float = 2.0


class FolderWatch:
    """Checks a folder periodically, and converts each video once it has stopped growing."""

    def __init__(self, watching: Watching, done: DoneFiles, convert: Convert) -> None:
        self._watching = watching
        self._done = done
        self._convert = convert
        self._growth = GrowthWatch(0.0 if watching.once else watching.settle)
        self._later = LaterAttempts()

    async def run(self) -> ExitCode:
        """Watch until interrupted, or process the present files once.

        Raises:
            OSError: the folder can't be read, or the list of processed files can't be written.
        """
        code = ExitCode.OK
        while True:
            code = code.and_then(await self.look(time.monotonic()))
            if self._watching.once or code is ExitCode.NOT_LOGGED_IN:
                return code
            code = ExitCode.OK
            await asyncio.sleep(self._watching.every)

    async def look(self, now: float) -> ExitCode:
        """Check once, and process the complete files that were not processed yet."""
        files = await asyncio.to_thread(self._files)
        code = ExitCode.OK
        for path in self._growth.look({each: stamp for each, (_, stamp) in files.items()}, now):
            video, stamp = files[path]
            if not self._done.has(path, stamp) and self._later.is_due(path, stamp, now):
                code = code.and_then(await self._work_on(video, stamp, now))
        return code

    async def _work_on(self, video: Input, stamp: Stamp, now: float) -> ExitCode:
        (output,) = plan_outputs([video], self._watching.output)
        result = await self._convert(video, output, lambda mp3: self._done.made(video.path, mp3))
        if result.code is ExitCode.OK or result.is_final or result.in_the_way is not None:
            await asyncio.to_thread(self._done.add, video.path, stamp, result)
        elif result.code is ExitCode.FAILED:
            self._later.put_off(video.path, stamp, now)
        # A file that could not be sent is retried at the next check.
        return result.code

    def _files(self) -> dict[Path, tuple[Input, Stamp]]:
        folder = self._watching.folder
        # Raises if the folder itself is gone, such as on a removed drive.
        top = sorted(folder.iterdir())
        found = find_inputs([str(folder)], recursive=True)
        # Another run may watch its subfolders too.
        self._done.keep_only(each.path for each in found)
        videos = {each.path: each for each in found if self._watching.recursive or each.path in top}
        return {path: (videos[path], stamp) for path, stamp in stamps(videos).items()}
