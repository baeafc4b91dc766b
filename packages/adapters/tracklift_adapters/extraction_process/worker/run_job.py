"""Running the one job of a worker: it comes on standard input, and standard output tells how it goes."""

import contextlib
import os
import socket
import traceback
from pathlib import Path
from typing import BinaryIO

from tracklift_adapters.extraction_process.protocol.job import Job, decode_job
from tracklift_adapters.extraction_process.protocol.messages import (
    Begun,
    Failed,
    Finished,
    Message,
    encode_message,
)
from tracklift_adapters.extraction_process.worker.engines import extract
from tracklift_adapters.extraction_process.worker.file_video import FileVideo
from tracklift_adapters.extraction_process.worker.parent_watchdog import exit_with_stdin, kill_process_group
from tracklift_adapters.extraction_process.worker.progress_throttle import ProgressThrottle
from tracklift_adapters.extraction_process.worker.remote_video import RemoteVideo
from tracklift_domain.errors import ServiceUnavailableError
from tracklift_domain.extraction.errors import ExtractionError
from tracklift_domain.extraction.failures import internal_error, storage_failed
from tracklift_domain.media.ports import SeekableReader

_LONGEST_LOG = 4 * 1024
"""Characters. Even if JSON needs twelve bytes for each, the message is shorter than it may be."""
_LONGEST_REASON = 1024
"""Characters of each of two texts."""


def run_job(descriptor: int) -> None:
    """Do one job."""
    # What libraries print must not come between the messages.
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    connection = socket.socket(fileno=descriptor)
    connection.set_inheritable(False)
    line = _read_line()
    if not line:
        raise SystemExit(1)  # The application ended before it had said what to do.
    exit_with_stdin()
    with contextlib.suppress(BrokenPipeError):
        _tell(answers, Begun())
        _tell(answers, _run(decode_job(line), connection, answers))


def _run(job: Job, connection: socket.socket, answers: BinaryIO) -> Finished | Failed:
    try:
        video = _open_video(job, connection)
        _settle(job)
        throttle = ProgressThrottle(lambda progress: _tell(answers, progress))
        return extract(job, video, throttle.reached, lambda passed: _tell(answers, passed))
    except ExtractionError as error:
        return Failed(error=error, log=str(error.__cause__ or "")[-_LONGEST_LOG:])
    except ServiceUnavailableError as error:
        shortened = ServiceUnavailableError(error.service[:_LONGEST_REASON], error.reason[:_LONGEST_REASON])
        return Failed(error=shortened, log="")
    except BrokenPipeError:
        raise
    except OSError as error:
        return Failed(error=storage_failed(error), log=_what_happened())
    except Exception:  # noqa: BLE001 - whatever it is, the application is told
        return Failed(error=internal_error(), log=_what_happened())


def _open_video(job: Job, connection: socket.socket) -> SeekableReader:
    if job.video is None:
        return RemoteVideo(connection, job.size, kill_process_group)
    return FileVideo(Path(job.video), job.size)


def _settle(job: Job) -> None:
    """Move into the job's folder, and be bound by its limits."""
    os.chdir(job.folder)
    os.environ["HOME"] = os.environ["TMPDIR"] = job.folder
    job.limits.apply(job.plan.longest, copied=job.size if job.video is None else 0)


def _what_happened() -> str:
    return traceback.format_exc()[-_LONGEST_LOG:]


def _tell(answers: BinaryIO, message: Message) -> None:
    answers.write(encode_message(message))
    answers.flush()


def _read_line() -> bytes:
    # Unbuffered, because a thread goes on reading from the same place.
    line = b""
    while not line.endswith(b"\n"):
        part = os.read(0, 64 * 1024)
        if not part:
            return b""
        line += part
    return line
