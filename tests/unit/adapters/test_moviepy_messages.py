"""What the application and a worker tell one another arrives as it was sent, and nonsense is known as such."""

from dataclasses import asdict

import pytest

from tracklift_adapters.moviepy.limits import Limits
from tracklift_adapters.moviepy.messages import (
    LONGEST_LINE,
    Failed,
    Finished,
    Job,
    decode_job,
    decode_message,
    encode_job,
    encode_message,
)
from tracklift_domain.conversion.errors import ExtractionError
from tracklift_domain.conversion.failure import FailureCode
from tracklift_domain.conversion.progress import Progress

JOB = Job(
    parent=1,
    video="/videos/ä\n.mp4",
    folder="/scratch/job",
    sample_rate=44100,
    channels=2,
    bitrate=None,
    quality=4,
    codec="mp4a",
    declared=None,
    start=0.1,
    end=2.0,
    longest=3600.0,
    normalize=True,
    tags=(("title", "Ü\u2028🎵\"'\\"), ("artist", "=")),
    limits=Limits(memory=5, cpu_seconds=7),
)


def test_a_job_arrives_as_it_was_sent() -> None:
    """One line, whatever is in it."""
    line = encode_job(JOB)

    assert line.endswith(b"\n")
    assert line.count(b"\n") == 1
    assert decode_job(line) == JOB


@pytest.mark.parametrize(
    "message",
    [
        Progress(0.25),
        Progress(0.5, 12.5),
        Finished(audio="/scratch/job/audio.mp3", size=5, duration=1.5, bitrate=192),
    ],
)
def test_a_message_arrives_as_it_was_sent(message: Progress | Finished) -> None:
    """Progress and success."""
    assert decode_message(encode_message(message)) == message


def test_a_failure_arrives_as_it_was_sent() -> None:
    """With its code, its sentence and what the operator wants to know."""
    sent = Failed(error=ExtractionError(FailureCode.TOO_LONG, "Cut it."), log="🎵" * 4096)
    line = encode_message(sent)

    received = decode_message(line)

    assert isinstance(received, Failed)
    assert received.error.failure == sent.error.failure
    assert received.log == sent.log
    assert len(line) < LONGEST_LINE


@pytest.mark.parametrize(
    "line",
    [
        b"",
        b"\n",
        b"{",
        b"[]",
        b"5",
        b"{}",
        b'{"kind": "other"}',
        b'{"kind": "progress"}',
        b'{"kind": "finished", "more": 1}',
        b'{"kind": "failed", "code": "no such code", "detail": "", "log": ""}',
        b"\xff\xfe",
    ],
)
def test_nonsense_is_known_as_such(line: bytes) -> None:
    """Nobody but a worker writes messages."""
    with pytest.raises(ValueError, match=r".*"):
        decode_message(line)


def test_limits_have_defaults_for_an_ordinary_machine() -> None:
    """One gigabyte of address space, which ordinary files need less than half of."""
    assert asdict(Limits())["memory"] == 2**30
