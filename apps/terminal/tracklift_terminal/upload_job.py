"""The upload of one video to a server, and the download of its MP3."""

import asyncio
from collections.abc import Mapping
from contextlib import aclosing
from dataclasses import asdict, dataclass, field
from pathlib import Path

from tracklift_adapters.mp4.inspector import Mp4Inspector
from tracklift_client.async_client import AsyncClient
from tracklift_client.models.conversions import Conversion, Progress, State
from tracklift_client.models.options import Options
from tracklift_domain.extraction.errors import ExtractionError
from tracklift_domain.extraction.options import AudioOptions
from tracklift_domain.media.file_reader import FileReader
from tracklift_terminal.bars import Bar
from tracklift_terminal.inputs import Input
from tracklift_terminal.outputs import Output, Replacing, TakenOutputs
from tracklift_terminal.template_fields import template_fields
from tracklift_terminal.upload_memory import UploadMemory

_SENDING = 0.5
"""The share of the bar that shows the upload; the rest shows the conversion."""


class ConversionFailedError(Exception):
    """The server could not convert the video, for the reason in `code`."""

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(detail)
        self.code = code


@dataclass(frozen=True, slots=True)
class Job:
    """A video, where its MP3 goes, and the options."""

    video: Input
    path: Path
    """Where the video is stored, also if it came from standard input."""
    output: Output
    options: AudioOptions
    whole: bool = False
    replacing: Replacing = field(default_factory=Replacing)

    @property
    def asked(self) -> Options:
        """The options in the client's form."""
        return Options(**asdict(self.options))


class Uploader:
    """Sends videos, and remembers each upload until its MP3 is downloaded."""

    def __init__(self, client: AsyncClient, memory: UploadMemory) -> None:
        self._client = client
        self._memory = memory
        self._taken = TakenOutputs()

    async def send(self, job: Job, bar: Bar) -> Conversion:
        """Upload a video, or resume its upload, and give the conversion. Raises the client's errors and `OSError`."""
        key = await self._key(job)
        begun = await asyncio.to_thread(self._memory.find, key)
        upload_id = await self._client.upload(
            job.path,
            job.asked,
            whole=job.whole,
            name=None if not job.video.is_standard else "standard input.mp4",
            resume=begun,
            begun=lambda made: self._memory.remember(key, job.path, made),
            progress=lambda through, size: bar.fraction(_SENDING * through / max(size, 1), "uploading"),
        )
        return await self._client.show(upload_id)

    async def finish(self, job: Job, conversion: Conversion, bar: Bar) -> tuple[Path, Conversion]:
        """Wait for the MP3, download it, and forget the upload.

        Raises:
            ConversionFailedError: there is no MP3.
            OutputExistsError: there is a file in the MP3's place.
            OutputTakenError: that file is the MP3 of another video of this run.
            TrackliftError, OSError: the client's errors.
        """
        ended = await self._ended(conversion, bar)
        if ended.state is not State.COMPLETED or ended.audio is None:
            # The next run sends the same file again.
            await self._forget(job)
            if ended.error is not None:
                raise ConversionFailedError(ended.error.code, ended.error.detail)
            raise ConversionFailedError(ended.state, f"The conversion is {ended.state}.")
        target = job.output.filled_in(await self._fields(job))
        overwrite = self._taken.take(target, job.replacing)
        await asyncio.to_thread(target.parent.mkdir, parents=True, exist_ok=True)
        await self._client.download(ended.id, target, overwrite=overwrite)
        await self._forget(job)
        return target, ended

    async def _ended(self, conversion: Conversion, bar: Bar) -> Conversion:
        last = conversion
        async with aclosing(self._client.watch(conversion.id)) as updates:
            async for update in updates:
                if isinstance(update, Conversion):
                    last = update
                    bar.fraction(_SENDING + (1 - _SENDING) * update.progress, update.state)
                elif isinstance(update, Progress):
                    bar.fraction(_SENDING + (1 - _SENDING) * update.progress, "converting")
        return last

    async def _fields(self, job: Job) -> Mapping[str, str]:
        if job.output.template is None:
            return {}
        try:
            tags = dict(await _tags(job.path))
        except ExtractionError:
            tags = {}
        return template_fields(job.path, tags, job.options)

    async def _forget(self, job: Job) -> None:
        self._memory.forget(await self._key(job))

    async def _key(self, job: Job) -> str:
        asked = {**job.asked.fields(), "whole": str(job.whole)}
        return await asyncio.to_thread(self._memory.key, self._client.server, job.path, asked)


async def _tags(path: Path) -> tuple[tuple[str, str], ...]:
    file = await asyncio.to_thread(path.open, "rb")
    with file:
        size = (await asyncio.to_thread(path.stat)).st_size
        return (await Mp4Inspector().inspect(FileReader(file, size, path))).tags
