"""Converts files for a terminal."""

import asyncio
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

from tracklift_adapters.extraction_process.host.extractor import ProcessAudioExtractor
from tracklift_adapters.mp4.inspector import Mp4Inspector
from tracklift_converter.engines import ENGINES, PRELOADED
from tracklift_domain.extraction.errors import ExtractionError
from tracklift_domain.extraction.extract_audio import ExtractAudio, Extraction
from tracklift_domain.extraction.options import AudioOptions
from tracklift_domain.extraction.ports import VideoInspector
from tracklift_domain.extraction.progress import Progress
from tracklift_standalone.local_video import LocalVideo
from tracklift_standalone.outcome import outcome_lines, outcome_object
from tracklift_standalone.whole_file import write_to_standard_output, write_whole
from tracklift_terminal.bars import Bars
from tracklift_terminal.exit_codes import ExitCode
from tracklift_terminal.file_result import FileResult
from tracklift_terminal.inputs import Input, InputError, check_input, file_of_standard_input
from tracklift_terminal.outputs import Output, OutputExistsError, OutputTakenError, Replacing, TakenOutputs
from tracklift_terminal.shown import write_json
from tracklift_terminal.template_fields import template_fields


@dataclass(frozen=True, slots=True, kw_only=True)
class Manner:
    """How one run of the command treats its files."""

    replacing: Replacing = field(default_factory=Replacing)
    dry_run: bool = False
    as_json: bool = False
    quiet: bool = False
    jobs: int = 1


class TerminalConverter:
    """Converts files, several concurrently, with a progress bar for each."""

    def __init__(
        self,
        extract_audio: ExtractAudio,
        extractor: ProcessAudioExtractor,
        inspector: VideoInspector,
        scratch: Path,
        manner: Manner,
    ) -> None:
        self._extract_audio = extract_audio
        self._extractor = extractor
        self._inspector = inspector
        self._scratch = scratch
        self._manner = manner
        self._taken = TakenOutputs()
        self._several = False

    async def convert(
        self, inputs: Sequence[Input], outputs: Sequence[Output], options: AudioOptions
    ) -> ExitCode:
        """Convert all files, even if some fail, and return the exit code."""
        code = ExitCode.OK
        for result in await self.results(inputs, outputs, options):
            code = code.and_then(result.code)
        return code

    async def results(
        self, inputs: Sequence[Input], outputs: Sequence[Output], options: AudioOptions
    ) -> list[FileResult]:
        """Convert all files, and return the result of each."""
        self._several = len(inputs) > 1
        try:
            return await self._results(inputs, outputs, options)
        finally:
            await self._extractor.close()

    async def _results(
        self, inputs: Sequence[Input], outputs: Sequence[Output], options: AudioOptions
    ) -> list[FileResult]:
        turns = asyncio.Semaphore(self._manner.jobs)
        with Bars(shown=not self._manner.quiet) as bars:

            async def one(each: Input, output: Output) -> FileResult:
                async with turns:
                    return await self._told(each, output, options, bars)

            async with asyncio.TaskGroup() as group:
                pairs = zip(inputs, outputs, strict=True)
                tasks = [group.create_task(one(each, output)) for each, output in pairs]
        return [task.result() for task in tasks]

    async def _told(self, each: Input, output: Output, options: AudioOptions, bars: Bars) -> FileResult:
        """Convert one file, and report its result."""
        try:
            target, extraction = await self._convert(each, output, options, bars)
        except ExtractionError as error:
            failure = error.failure
            self._say_failed(each, failure.code.value, failure.detail, bars)
            return FileResult(code=ExitCode.FAILED, is_final=failure.code.is_final)
        except OutputExistsError as error:
            self._say_failed(each, error.code, str(error), bars)
            return FileResult(code=ExitCode.FAILED, in_the_way=error.path)
        except OutputTakenError as error:
            self._say_failed(each, error.code, str(error), bars)
        except InputError as error:
            self._say_failed(each, "no_file", str(error), bars)
        except OSError as error:
            self._say_failed(each, "system", _reason(each.path, error), bars)
        else:
            self._say_made(each, output, target, extraction, bars)
            return FileResult(made=target)
        return FileResult(code=ExitCode.FAILED)

    def _say_made(
        self, each: Input, output: Output, target: Path, extraction: Extraction | None, bars: Bars
    ) -> None:
        shown = "-" if output.is_standard else str(target)
        if self._manner.as_json:
            made = None if extraction is None else outcome_object(extraction)
            write_json({"input": each.given, "output": shown, "audio": made})
        elif extraction is None:
            bars.say(f"{each.given} -> {shown}")
        elif not self._manner.quiet:
            for line in outcome_lines(shown, extraction):
                bars.say(line)

    async def _convert(
        self, each: Input, output: Output, options: AudioOptions, bars: Bars
    ) -> tuple[Path, Extraction | None]:
        await asyncio.to_thread(check_input, each)
        overwrite = output.template is None and self._check(output)
        path = (
            await asyncio.to_thread(file_of_standard_input, self._scratch) if each.is_standard else each.path
        )
        video = await asyncio.to_thread(LocalVideo, path)
        try:
            if output.template is not None:
                output = Output(output.filled_in(await self._fields(path, video, options)))
                overwrite = self._check(output)
            if self._manner.dry_run:
                await self._inspector.inspect(video)
                return output.path, None
            if self._several:
                # From the second file on, forking a worker for each file is faster than starting one.
                await self._extractor.prepare()
            with bars.bar(each.path.name) as bar:

                def show(progress: Progress) -> None:
                    bar.fraction(progress.fraction)

                async with self._extract_audio(video, options, show) as extraction:
                    chunks = extraction.audio.chunks()
                    if output.is_standard:
                        await write_to_standard_output(chunks)
                    else:
                        await write_whole(chunks, output.path, overwrite=overwrite)
                    return output.path, extraction
        finally:
            video.close()

    async def _fields(self, path: Path, video: LocalVideo, options: AudioOptions) -> Mapping[str, str]:
        traits = await self._inspector.inspect(video)
        with suppress(OSError):
            video.seek(0)
        return template_fields(path, dict(traits.tags), options)

    def _check(self, output: Output) -> bool:
        """Tell whether an existing file may be replaced."""
        if output.is_standard:
            return False
        return self._taken.take(output.path, self._manner.replacing)

    def _say_failed(self, each: Input, code: str, reason: str, bars: Bars) -> None:
        if self._manner.as_json:
            write_json({"input": each.given, "error": {"code": code, "detail": reason}})
        bars.failed(each.given, reason)


def _reason(path: Path, error: OSError) -> str:
    reason = error.strerror or str(error)
    if error.filename is None or Path(error.filename) == path:
        return reason
    return f"{reason}: {error.filename}"


def make_converter(scratch_folder: Path, manner: Manner) -> TerminalConverter:
    """Wire a converter that keeps its temporary files in a folder."""
    inspector = Mp4Inspector()
    extractor = ProcessAudioExtractor(scratch_folder, engines=ENGINES, preload=PRELOADED)
    extract_audio = ExtractAudio(inspector=inspector, extractor=extractor, longest_audio=timedelta(days=7))
    return TerminalConverter(extract_audio, extractor, inspector, scratch_folder, manner)
