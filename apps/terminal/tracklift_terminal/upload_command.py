"""The command `upload`."""

import asyncio
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated

import typer

from tracklift_client.errors import TrackliftError
from tracklift_client.outgoing import Outgoing
from tracklift_domain.extraction.options import AudioOptions
from tracklift_terminal.bars import Bars
from tracklift_terminal.connecting import connect
from tracklift_terminal.exit_codes import EXIT_CODES, ExitCode
from tracklift_terminal.file_result import FileResult, is_of_the_video
from tracklift_terminal.inputs import Input, InputError, check_input, file_of_standard_input, find_inputs
from tracklift_terminal.option_parameters import GivenOptions, read_options, with_option_parameters
from tracklift_terminal.outputs import Output, OutputExistsError, OutputTakenError, Replacing, plan_outputs
from tracklift_terminal.running import code_of, run, sentence
from tracklift_terminal.shown import write_failure, write_json
from tracklift_terminal.upload_job import ConversionFailedError, Job, Uploader
from tracklift_terminal.upload_memory import UploadMemory
from tracklift_terminal.usage import check_standard_streams, usage_told


def add_upload_command(cli: typer.Typer) -> None:
    """Add the command."""
    cli.command(epilog=EXIT_CODES)(upload)


@with_option_parameters
def upload(  # noqa: PLR0913  # each is an option of the command
    inputs: Annotated[
        list[str],
        typer.Argument(help="MP4 files, or - for standard input.", metavar="FILE...", show_default=False),
    ],
    *,
    output: Annotated[
        str | None,
        typer.Option(
            "-o",
            "--output",
            help="The MP3, a folder, or a template such as '{artist}/{title}.mp3'. [default: beside each file]",
            metavar="PATH",
        ),
    ] = None,
    wait: Annotated[
        bool, typer.Option("--wait/--no-wait", help="Wait for the MP3 and download it, or say the id and go.")
    ] = True,
    whole: Annotated[
        bool, typer.Option("--whole", help="Send all of the video, though its sound would be enough.")
    ] = False,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace MP3s that exist.")] = False,
    recursive: Annotated[
        bool, typer.Option("--recursive", "-r", help="Take the videos in folders too.")
    ] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", "-n", help="Say what would be sent, and send nothing.")
    ] = False,
    jobs: Annotated[int, typer.Option("--jobs", "-j", min=1, max=16, help="How many files at once.")] = 2,
    as_json: Annotated[bool, typer.Option("--json", help="Write one JSON object for each file.")] = False,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Say nothing but what goes wrong.")] = False,
    verbose: Annotated[bool, typer.Option("--verbose", "-v", help="Say what is sent, and why.")] = False,
    given: GivenOptions,
) -> None:
    """Convert videos on a server, and put each MP3 next to its video.

    Only the sound is sent if that is possible. After Ctrl-C or a lost connection, the same command resumes the upload.

        tracklift upload lecture.mp4

        tracklift upload *.mp4 -o music/ --bitrate 128 --channels 1
    """
    with usage_told():
        found = find_inputs(inputs, recursive=recursive)
        options = read_options(given)
        outputs = plan_outputs(found, output)
        check_standard_streams(found, outputs, as_json=as_json)
        if any(each.is_standard for each in outputs):
            raise ValueError("Name a file with -o: 'tracklift download ID -o -' writes to standard output.")
    manner = Manner(
        wait=wait,
        whole=whole,
        replacing=Replacing(all=overwrite),
        dry_run=dry_run,
        jobs=jobs,
        as_json=as_json,
        quiet=quiet,
        verbose=verbose,
    )
    with tempfile.TemporaryDirectory(prefix="tracklift-") as scratch:
        run(Uploads(manner, options, Path(scratch)).run(found, outputs))


@dataclass(frozen=True, slots=True, kw_only=True)
class Manner:
    """How one run of the command treats its files."""

    wait: bool = True
    whole: bool = False
    replacing: Replacing = field(default_factory=Replacing)
    dry_run: bool = False
    jobs: int = 1
    as_json: bool = False
    quiet: bool = False
    verbose: bool = False


class Uploads:
    """Sends files, several concurrently, and reports the result of each."""

    def __init__(self, manner: Manner, options: AudioOptions, scratch: Path) -> None:
        self._manner = manner
        self._options = options
        self._scratch = scratch

    async def run(self, inputs: Sequence[Input], outputs: Sequence[Output]) -> ExitCode:
        """Send all files, even if some fail, and return the exit code."""
        code = ExitCode.OK
        for result in await self.results(inputs, outputs):
            code = code.and_then(result.code)
        return code

    async def results(self, inputs: Sequence[Input], outputs: Sequence[Output]) -> list[FileResult]:
        """Send all files, and return the result of each."""
        turns = asyncio.Semaphore(self._manner.jobs)
        async with connect(quiet=self._manner.quiet) as client:
            uploader = Uploader(client, UploadMemory())
            with Bars(shown=not self._manner.quiet) as bars:

                async def one(each: Input, output: Output) -> FileResult:
                    async with turns:
                        return await self._told(each, output, uploader, bars)

                async with asyncio.TaskGroup() as group:
                    pairs = zip(inputs, outputs, strict=True)
                    tasks = [group.create_task(one(each, output)) for each, output in pairs]
        return [task.result() for task in tasks]

    async def _told(self, each: Input, output: Output, uploader: Uploader, bars: Bars) -> FileResult:
        try:
            return FileResult(made=await self._one(each, output, uploader, bars))
        except (
            TrackliftError,
            ConversionFailedError,
            InputError,
            OutputExistsError,
            OutputTakenError,
            OSError,
        ) as error:
            reason = sentence(error)
            if self._manner.as_json:
                write_failure({"input": each.given}, error, reason)
            bars.failed(each.given, reason)
            return FileResult(
                code=code_of(error),
                in_the_way=error.path if isinstance(error, OutputExistsError) else None,
                is_final=is_of_the_video(getattr(error, "code", "")),
            )

    async def _one(self, each: Input, output: Output, uploader: Uploader, bars: Bars) -> Path | None:
        await asyncio.to_thread(check_input, each)
        if self._manner.wait and output.template is None:
            self._manner.replacing.check(output.path)
        path = (
            await asyncio.to_thread(file_of_standard_input, self._scratch) if each.is_standard else each.path
        )
        job = Job(each, path, output, self._options, self._manner.whole, self._manner.replacing)
        if self._manner.dry_run or self._manner.verbose:
            await self._say_what_is_sent(job, bars)
        if self._manner.dry_run:
            return None
        with bars.bar(each.path.name) as bar:
            conversion = await uploader.send(job, bar)
            if not self._manner.wait:
                self._say({"input": each.given, "id": conversion.id}, f"{each.given}  {conversion.id}", bars)
                return None
            target, ended = await uploader.finish(job, conversion, bar)
        made = {"input": each.given, "id": ended.id, "output": str(target), "audio": ended.audio}
        size = ended.audio.size if ended.audio else 0
        self._say(made, f"{target}  {size:,} bytes", bars)
        return target

    async def _say_what_is_sent(self, job: Job, bars: Bars) -> None:
        outgoing = await asyncio.to_thread(Outgoing, job.path, whole=job.whole)
        with outgoing:
            sent = "its sound" if outgoing.kind == "sound" else f"all of it ({outgoing.reason})"
            size = job.path.stat().st_size
            line = f"{job.video.given}: {outgoing.size:,} of {size:,} bytes are sent, {sent}"
            about = {"input": job.video.given, "sent": outgoing.kind, "bytes": outgoing.size, "size": size}
        if self._manner.as_json and self._manner.dry_run:
            write_json({**about, "output": str(job.output.path)})
        else:
            bars.say(line)

    def _say(self, about: Mapping[str, object], line: str, bars: Bars) -> None:
        if self._manner.as_json:
            write_json(about)
        elif not self._manner.quiet:
            bars.say(line)
