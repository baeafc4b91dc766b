"""What an upload that failed tells a watch."""

from pathlib import Path
from typing import cast

import pytest

from tracklift_client.errors import ConnectionLostError, ProblemError
from tracklift_domain.extraction.options import AudioOptions
from tracklift_terminal.bars import Bars
from tracklift_terminal.exit_codes import ExitCode
from tracklift_terminal.inputs import Input
from tracklift_terminal.outputs import Output, Replacing
from tracklift_terminal.upload_command import Manner, Uploads
from tracklift_terminal.upload_job import ConversionFailedError, Job, Uploader


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
