"""ffmpeg's errors are told apart: those of the file, of the machine, and internal ones."""

import io
import signal

import pytest

from tracklift_adapters.moviepy.captured_log import CapturedLog
from tracklift_adapters.moviepy.ffmpeg_errors import decoding_failed, encoding_failed
from tracklift_domain.extraction.failure import FailureCode


@pytest.mark.parametrize(
    ("status", "log", "code"),
    [
        (69, "Error submitting packet to decoder: Invalid data found", FailureCode.CORRUPT_MEDIA),
        (183, "moov atom not found", FailureCode.CORRUPT_MEDIA),
        (1, "Cannot allocate memory", FailureCode.CORRUPT_MEDIA),
        (234, "Decoding requested, but no decoder found for: ac4", FailureCode.UNSUPPORTED_CODEC),
        (234, "Stream map '' matches no streams.", FailureCode.NO_AUDIO_TRACK),
        (254, "Error opening input: No such file or directory", FailureCode.INTERNAL_ERROR),
        (1, "pthread_create() failed: Resource temporarily unavailable", FailureCode.INTERNAL_ERROR),
        (127, "exec: not found", FailureCode.INTERNAL_ERROR),
        (-signal.SIGXCPU, "", FailureCode.TIMED_OUT),
        (-signal.SIGKILL, "", FailureCode.INTERNAL_ERROR),
        (-signal.SIGSEGV, "", FailureCode.INTERNAL_ERROR),
    ],
)
def test_an_error_of_a_decoder_has_its_code(status: int, log: str, code: FailureCode) -> None:
    """It reads an untrusted file."""
    assert decoding_failed(status, log, "ac-4").failure.code is code


@pytest.mark.parametrize(
    ("status", "log", "code"),
    [
        (228, "Error writing trailer: No space left on device", FailureCode.OUT_OF_SPACE),
        (228, "Error closing file: Disk quota exceeded", FailureCode.OUT_OF_SPACE),
        (-signal.SIGXCPU, "", FailureCode.TIMED_OUT),
        (-signal.SIGXFSZ, "", FailureCode.INTERNAL_ERROR),
        (1, "", FailureCode.INTERNAL_ERROR),
    ],
)
def test_an_error_of_an_encoder_has_its_code(status: int, log: str, code: FailureCode) -> None:
    """It gets decoded samples, so the file can't be the cause."""
    assert encoding_failed(status, log).failure.code is code


def test_an_unsupported_codec_is_named() -> None:
    """So that the user knows which one to avoid."""
    assert "'ac-4'" in decoding_failed(234, "no decoder found for: ac4", "ac-4").failure.detail


def test_a_log_keeps_its_beginning_and_its_end() -> None:
    """However long it is."""
    log = CapturedLog(io.BytesIO(b"begin " + b"." * 100_000 + b" end"))

    text = log.text()
    log.close()

    assert text.startswith("begin ")
    assert text.endswith(" end")
    assert len(text) == 16 * 1024


def test_a_short_log_is_kept_whole() -> None:
    """Invalid UTF-8 is replaced."""
    assert CapturedLog(io.BytesIO(b"one \xff two")).text() == "one \ufffd two"
