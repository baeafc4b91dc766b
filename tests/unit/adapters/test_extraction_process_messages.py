"""Jobs and messages arrive as they were sent, and invalid lines are rejected."""

from dataclasses import asdict, replace

import pytest

from tracklift_adapters.extraction_process.protocol.job import Job, decode_job, encode_job
from tracklift_adapters.extraction_process.protocol.limits import Limits
from tracklift_adapters.extraction_process.protocol.messages import (
    MAX_LINE,
    EngineSkipped,
    Failed,
    Finished,
    Message,
    Started,
    decode_message,
    encode_message,
)
from tracklift_domain.errors import ServiceUnavailableError
from tracklift_domain.extraction.audio_track import AudioTrack
from tracklift_domain.extraction.chapters import Chapter
from tracklift_domain.extraction.damage import Damage
from tracklift_domain.extraction.encoding import Encoding
from tracklift_domain.extraction.errors import ExtractionError
from tracklift_domain.extraction.failure import Failure, FailureCode
from tracklift_domain.extraction.options import AudioOptions
from tracklift_domain.extraction.plan import ExtractionPlan
from tracklift_domain.extraction.progress import Progress
from tracklift_domain.extraction.tags import CoverPicture
from tracklift_domain.extraction.timeline import Edit
from tracklift_domain.media.byte_ranges import ByteRanges

TRACK = AudioTrack(
    codec="mp4a",
    sample_rate=44100,
    channels=2,
    duration=None,
    id=7,
    edits=(Edit(None, 1.5), Edit(0.25, None)),
    byte_ranges=ByteRanges.joined([(5, 2**40), (2**41, 2**42)], gap=0),
)
JOB = Job(
    engines=("one:One", "two:Two"),
    video="/videos/ä\n.mp4",
    size=12,
    folder="/scratch/job",
    plan=ExtractionPlan(
        track=1,
        track_traits=TRACK,
        encoding=Encoding(sample_rate=44100, channels=2, bitrate=None, quality=4),
        start=0.1,
        end=2.0,
        longest=3600.0,
        normalize=True,
        options=AudioOptions(track="deu", keep_delay=True),
        chapters=(Chapter(0.0, "One"), Chapter(1.5, "Zwei")),
        alternatives=((0, replace(TRACK, problem=Failure(FailureCode.CORRUPT_MEDIA, "Broken."))),),
        readable=11,
        hidden=(2**33, 2**40),
        tags=(("title", "Ü\u2028🎵\"'\\"), ("artist", "=")),
        cover=CoverPicture(media_type="image/png", position=2**40, size=5),
    ),
    limits=Limits(memory=5, cpu_seconds=7),
)


@pytest.mark.parametrize("job", [JOB, replace(JOB, plan=replace(JOB.plan, cover=None))])
def test_a_job_arrives_as_it_was_sent(job: Job) -> None:
    """One line, whatever is in it."""
    line = encode_job(job)

    assert line.endswith(b"\n")
    assert line.count(b"\n") == 1
    assert decode_job(line) == job


@pytest.mark.parametrize(
    "message",
    [
        Progress(0.25),
        Progress(0.5, 12.5),
        Finished(name="audio.mp3", size=5, duration=1.5, decoded=1.25, bitrate=192, track=1, damage=None),
        Finished(
            name="audio.mp3",
            size=5,
            duration=1.5,
            decoded=1.25,
            bitrate=192,
            track=0,
            damage=Damage(seconds=0.5, at=(0.25, 1.0)),
            peaks=bytes(range(256)) * 7,
        ),
        Finished(
            name="audio.mp3",
            size=5,
            duration=1.5,
            decoded=1.25,
            bitrate=192,
            track=0,
            damage=Damage(seconds=0.75, at=(0.25, 1.5), cut_off=0.5),
        ),
        Started(),
        EngineSkipped("one:One", "it knows no Opus"),
    ],
)
def test_a_message_arrives_as_it_was_sent(message: Message) -> None:
    """Progress, skipped engines and success."""
    assert decode_message(encode_message(message)) == message


def test_a_failure_arrives_as_it_was_sent() -> None:
    """With its code, its text and the log for the operator."""
    sent = Failed(error=ExtractionError(FailureCode.TOO_LONG, "Cut it."), log="🎵" * 4096)
    line = encode_message(sent)

    received = decode_message(line)

    assert isinstance(received, Failed)
    assert isinstance(received.error, ExtractionError)
    assert (received.error.failure.code, received.error.failure.detail) == (FailureCode.TOO_LONG, "Cut it.")
    assert received.log == sent.log
    assert len(line) < MAX_LINE


def test_an_outage_arrives_as_it_was_sent() -> None:
    """With the name of the service that is not available."""
    line = encode_message(Failed(error=ServiceUnavailableError("MongoDB", "it is away"), log=""))

    received = decode_message(line)

    assert isinstance(received, Failed)
    assert isinstance(received.error, ServiceUnavailableError)
    assert (received.error.service, received.error.reason) == ("MongoDB", "it is away")


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
        b'{"kind": "started", "more": 1}',
        b'{"kind": "unavailable", "service": "MongoDB"}',
        b'{"kind": []}',
        b"[" * (MAX_LINE - 1),
        b"\xff\xfe",
    ],
)
def test_an_invalid_line_is_rejected(line: bytes) -> None:
    """A worker that has been taken over may send anything."""
    with pytest.raises(ValueError, match=r".*"):
        decode_message(line)


def test_limits_have_defaults_for_an_ordinary_machine() -> None:
    """One gigabyte of address space; ordinary files need less than half of that."""
    assert asdict(Limits())["memory"] == 2**30
