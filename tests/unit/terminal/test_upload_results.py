"""What an upload that failed tells a watch."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import cast

import msgspec
import pytest

from tests.unit.client.scripted_server import audio, conversion
from tracklift_client.async_client import AsyncClient
from tracklift_client.errors import ConnectionLostError, ProblemError
from tracklift_client.models.conversions import Conversion
from tracklift_domain.extraction.options import AudioOptions
from tracklift_terminal.bars import Bars
from tracklift_terminal.exit_codes import ExitCode
from tracklift_terminal.inputs import Input
from tracklift_terminal.outputs import Output, OutputTakenError, Replacing
from tracklift_terminal.upload_command import Manner, Uploads
from tracklift_terminal.upload_job import ConversionFailedError, Job, Uploader
from tracklift_terminal.upload_memory import UploadMemory


class FailingUploader:
    """Fails in one way."""

    def __init__(self, error: Exception) -> None:
        self.error = error

    async def send(self, _job: Job, _bar: object) -> None:
        """Fail."""
        raise self.error


@pytest.mark.parametrize(
    ("error", "code", "is_final"),
    [
        (ConversionFailedError("no_audio_track", "There is none."), ExitCode.FAILED, True),
        (ConversionFailedError("out_of_space", "The disk is full."), ExitCode.FAILED, False),
        (ProblemError(422, "not_a_video", "It is none."), ExitCode.FAILED, True),
        (ProblemError(403, "quota_exceeded", "It is used up."), ExitCode.FAILED, False),
        (ConnectionLostError("It is away."), ExitCode.UNREACHABLE, False),
        (OSError(28, "No space left on device"), ExitCode.FAILED, False),
    ],
)
async def test_a_failure_says_whether_the_same_video_would_fail_again(
    tmp_path: Path, error: Exception, code: ExitCode, *, is_final: bool
) -> None:
    """By its code, wherever it comes from."""
    uploads = Uploads(Manner(), AudioOptions(), tmp_path)
    uploader = cast("Uploader", FailingUploader(error))
    result = await uploads._told(_input(tmp_path), Output(tmp_path / "a.mp3"), uploader, Bars())

    assert (result.code, result.is_final, result.made) == (code, is_final, None)


async def test_a_file_in_the_place_of_the_mp3_is_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Before anything is sent, with what to do."""
    (tmp_path / "a.mp3").touch()
    manner = Manner(replacing=Replacing(advice="look at it."))
    uploader = cast("Uploader", FailingUploader(AssertionError()))
    target = Output(tmp_path / "a.mp3")
    result = await Uploads(manner, AudioOptions(), tmp_path)._told(_input(tmp_path), target, uploader, Bars())

    assert result.in_the_way == tmp_path / "a.mp3"
    assert "a.mp3 exists already: look at it." in capsys.readouterr().err


def _input(folder: Path) -> Input:
    (folder / "a.mp4").write_text("video")
    return Input(folder / "a.mp4", "a.mp4")


class ServerAtHand:
    """Has converted every video, and writes MP3s that tell which."""

    server = "http://tracklift.test"

    async def watch(self, conversion_id: str) -> AsyncIterator[Conversion]:
        """Tell that it has ended."""
        yield ended(conversion_id)

    async def download(self, conversion_id: str, target: Path, *, overwrite: bool) -> None:
        """Write the MP3."""
        assert overwrite
        await asyncio.to_thread(target.write_text, conversion_id)


def ended(conversion_id: str) -> Conversion:
    """Make the record of a conversion that is done."""
    record = conversion("completed", id=conversion_id, audio=audio(b"an MP3", "5e" * 32))
    return msgspec.convert(record, Conversion)


async def test_no_video_of_a_call_replaces_the_mp3_of_another_one(tmp_path: Path) -> None:
    """By a template that gives both the same name; what was there before is replaced."""
    uploader = Uploader(cast("AsyncClient", ServerAtHand()), UploadMemory(tmp_path))
    output = Output(tmp_path, template=f"{tmp_path}/same.mp3")
    (tmp_path / "same.mp3").write_text("of yesterday")
    video = _input(tmp_path)
    jobs = [Job(video, video.path, output, AudioOptions(), replacing=Replacing(all=True))] * 2

    with Bars().bar("a") as bar:
        path, _ = await uploader.finish(jobs[0], ended("1"), bar)
        with pytest.raises(OutputTakenError, match=r"same\.mp3 is already the MP3 of another input"):
            await uploader.finish(jobs[1], ended("2"), bar)

    assert path.read_text() == "1"
