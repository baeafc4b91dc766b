"""Converts files in a terminal."""

import asyncio
import os
import re
import signal
import tempfile
from collections.abc import Coroutine, Sequence
from datetime import timedelta
from enum import IntEnum
from pathlib import Path

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

from tracklift_adapters.extraction_process.host.extractor import ProcessAudioExtractor
from tracklift_adapters.mp4.inspector import Mp4Inspector
from tracklift_converter.engines import ENGINES
from tracklift_domain.conversion.file_name import audio_file_name
from tracklift_domain.extraction.audio import ExtractedAudio
from tracklift_domain.extraction.errors import ExtractionError
from tracklift_domain.extraction.extract_audio import ExtractAudio, Extraction
from tracklift_domain.extraction.options import AudioOptions
from tracklift_domain.extraction.progress import Progress as Extracted
from tracklift_standalone.local_video import LocalVideo
from tracklift_standalone.outcome import outcome_lines

_URL = re.compile(r"([a-z][a-z0-9+.-]+):/+(.+)", re.IGNORECASE | re.DOTALL)
"""RFC 3986, section 3. As a path, a URL has lost one of its two slashes."""


class ExitCode(IntEnum):
    """What the command tells the shell."""

    OK = 0
    FAILED = 1
    """At least one file could not be converted."""
    USAGE = 2
    """The command line makes no sense; nothing was begun."""
    INTERRUPTED = 130
    """128 and the number of SIGINT, as shells do."""
    TERMINATED = 143
    """128 and the number of SIGTERM."""


class OutputExistsError(Exception):
    """The MP3 is there already, and the caller did not ask to replace it."""


class NotAFileError(Exception):
    """The input is a URL."""


def plan_outputs(inputs: Sequence[Path], output: str | None) -> list[Path]:
    """Say where the MP3 of each input goes: to `output`, or beside the input.

    `output` is a file for one input, if it names no folder that is there and does not end with a slash, else a folder.

    Raises:
        ValueError: two inputs would go to one file, an input to itself, or a file's name does not end with `.mp3`.
    """
    if output is None:
        outputs = [path.with_name(audio_file_name(path.name)) for path in inputs]
    elif len(inputs) > 1 or output.endswith(os.sep) or Path(output).is_dir():
        outputs = [Path(output, audio_file_name(path.name)) for path in inputs]
    elif Path(output).suffix.lower() != ".mp3":
        raise ValueError(
            f"-o {output}: only MP3 is made: name a file that ends with .mp3, or a folder with a slash at the end."
        )
    else:
        outputs = [Path(output)]
    for path, target in zip(inputs, outputs, strict=True):
        if outputs.count(target) > 1:
            raise ValueError(f"More than one input would become {target}: convert them one by one with -o.")
        if path.resolve() == target.resolve():
            raise ValueError(f"{path} would be replaced by its own MP3: name another file with -o.")
    return outputs


class TerminalConverter:
    """Converts one file after another with a progress bar for each."""

    def __init__(self, extract_audio: ExtractAudio, console: Console, *, overwrite: bool) -> None:
        self._extract_audio = extract_audio
        self._console = console
        self._overwrite = overwrite

    async def convert(
        self, inputs: Sequence[Path], outputs: Sequence[Path], options: AudioOptions
    ) -> ExitCode:
        """Convert all, whatever becomes of each, and tell whether all went well."""
        code = ExitCode.OK
        columns = (
            TextColumn("{task.description}"),
            BarColumn(),
            TaskProgressColumn(),
            TimeRemainingColumn(),
        )
        # Outside a terminal no one watches, and each line stays.
        shown = self._console.is_terminal
        with Progress(*columns, console=self._console, transient=True, disable=not shown) as progress:
            for path, target in zip(inputs, outputs, strict=True):
                try:
                    extraction = await self._convert_one(path, target, options, progress)
                except ExtractionError as error:
                    code = self._say_failed(path, error.failure.detail)
                except (OutputExistsError, NotAFileError) as error:
                    code = self._say_failed(path, str(error))
                except OSError as error:
                    code = self._say_failed(path, _reason(path, error))
                else:
                    for line in outcome_lines(target, extraction):
                        self._console.print(line, markup=False, highlight=False, soft_wrap=True)
        return code

    async def _convert_one(
        self, path: Path, target: Path, options: AudioOptions, progress: Progress
    ) -> Extraction:
        video = await asyncio.to_thread(self._open, path, target)
        bar = progress.add_task(escape(path.name), total=1.0)

        def show(extracted: Extracted) -> None:
            progress.update(bar, completed=extracted.fraction)

        try:
            async with self._extract_audio(video, options, show) as extraction:
                await _write_whole(extraction.audio, target)
                return extraction
        finally:
            video.close()
            progress.remove_task(bar)

    def _open(self, path: Path, target: Path) -> LocalVideo:
        if target.exists() and not self._overwrite:
            raise OutputExistsError(f"{target} exists already: remove it, or replace it with --overwrite.")
        video = _open_input(path)
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
        except OSError:
            video.close()
            raise
        return video

    def _say_failed(self, path: Path, reason: str) -> ExitCode:
        self._console.print(f"{path}: {reason}", style="red", markup=False, highlight=False, soft_wrap=True)
        return ExitCode.FAILED


def _open_input(path: Path) -> LocalVideo:
    try:
        return LocalVideo(path)
    except FileNotFoundError as error:
        url = _URL.fullmatch(str(path))
        if url is None:
            raise
        scheme, rest = url.groups()
        if scheme.lower() == "file":
            raise NotAFileError(f"A path is needed, not a URL: leave out {scheme}://.") from error
        raise NotAFileError(f"Only files can be converted: download {scheme}://{rest} first.") from error


def _reason(path: Path, error: OSError) -> str:
    reason = error.strerror or str(error)
    if error.filename is None or Path(error.filename) == path:
        return reason
    return f"{reason}: {error.filename}"


async def until_terminated(work: Coroutine[None, None, ExitCode]) -> ExitCode:
    """Do work, and cancel it at SIGTERM. At SIGINT `asyncio.run` does."""
    working = asyncio.ensure_future(work)
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, working.cancel)
    return await working


async def _write_whole(audio: ExtractedAudio, target: Path) -> None:
    """Write the MP3 under another name first, so that the target is never half an MP3."""
    part = _PartOf(target)
    try:
        async for chunk in audio.chunks():
            await asyncio.to_thread(part.write, chunk)
        await asyncio.to_thread(part.publish)
    finally:
        part.close()


class _PartOf:
    """A file under way, beside its target; it is gone after `close` unless it was published."""

    def __init__(self, target: Path) -> None:
        self._target = target
        descriptor, name = tempfile.mkstemp(prefix=f".{target.name[:80]}.", suffix=".part", dir=target.parent)
        self._path = Path(name)
        self._file = os.fdopen(descriptor, "wb")

    def write(self, chunk: bytes) -> None:
        self._file.write(chunk)

    def publish(self) -> None:
        self._file.close()
        # A temporary file is made private; an MP3 in a user's folder is as readable as any new file.
        self._path.chmod(0o666 & ~_umask())
        self._path.replace(self._target)

    def close(self) -> None:
        self._file.close()
        self._path.unlink(missing_ok=True)


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


def make_converter(console: Console, scratch_folder: Path, *, overwrite: bool) -> TerminalConverter:
    """Wire a converter that keeps its temporary files in a folder."""
    extract_audio = ExtractAudio(
        inspector=Mp4Inspector(),
        # No fork server is kept: most calls convert one file.
        extractor=ProcessAudioExtractor(scratch_folder, engines=ENGINES),
        longest_audio=timedelta(days=7),
    )
    return TerminalConverter(extract_audio, console, overwrite=overwrite)
