"""Running the one job of a worker: it is read from standard input, and messages are written to standard output."""

import contextlib
import os
import socket
import traceback
from pathlib import Path
from typing import BinaryIO

from tracklift_adapters.extraction_process.protocol.job import Job, decode_job
from tracklift_adapters.extraction_process.protocol.messages import (
    EngineSkipped,
    Failed,
    Finished,
    Message,
    Started,
    encode_message,
)
from tracklift_adapters.extraction_process.worker.engines import extract
from tracklift_adapters.extraction_process.worker.parent_watchdog import exit_with_stdin, kill_process_group
from tracklift_adapters.extraction_process.worker.progress_throttle import ProgressThrottle
from tracklift_adapters.extraction_process.worker.remote_video import RemoteVideo
from tracklift_domain.errors import ServiceUnavailableError
from tracklift_domain.extraction.errors import ExtractionError
from tracklift_domain.extraction.failures import internal_error, storage_failed
from tracklift_domain.media.file_reader import FileReader
from tracklift_domain.media.ports import SeekableReader

_MAX_LOG = 4 * 1024
"""Characters. Even if JSON needs twelve bytes for each, the message is shorter than `MAX_LINE`."""
_MAX_REASON = 1024
"""Characters of each of the two texts of `ServiceUnavailableError`."""


def run_job(descriptor: int) -> None:
    """Read a job and run it; `descriptor` is that of the connection for the video's bytes."""
    # What libraries print goes to standard error, so that it does not mix with the messages.
    messages = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    connection = socket.socket(fileno=descriptor)
    connection.set_inheritable(False)
    line = _read_line()
    if not line:
        raise SystemExit(1)  # The application ended before it sent a job.
    exit_with_stdin()
    with contextlib.suppress(BrokenPipeError):
        _send(messages, Started())
        _send(messages, _run(decode_job(line), connection, messages))


def _run(job: Job, connection: socket.socket, messages: BinaryIO) -> Finished | Failed:
    try:
        video = _open_video(job, connection)
        _enter_folder(job)
        throttle = ProgressThrottle(lambda progress: _send(messages, progress))

        def skipped(message: EngineSkipped) -> None:
            _send(messages, message)

        return extract(job, video, throttle.reached, skipped)
    except ExtractionError as error:
        return Failed(error=error, log=str(error.__cause__ or "")[-_MAX_LOG:])
    except ServiceUnavailableError as error:
        shortened = ServiceUnavailableError(error.service[:_MAX_REASON], error.reason[:_MAX_REASON])
        return Failed(error=shortened, log="")
    except BrokenPipeError:
        raise
    except OSError as error:
        return Failed(error=storage_failed(error), log=_traceback())
    except Exception:  # noqa: BLE001 - any error is reported to the application
        return Failed(error=internal_error(), log=_traceback())


def _open_video(job: Job, connection: socket.socket) -> SeekableReader:
    if job.video is None:
        return RemoteVideo(connection, job.size, kill_process_group)
    path = Path(job.video)
    return FileReader(path.open("rb"), job.size, path)


def _enter_folder(job: Job) -> None:
    """Change to the job's folder, and apply its limits."""
    os.chdir(job.folder)
    os.environ["HOME"] = os.environ["TMPDIR"] = job.folder
    job.limits.apply(job.plan.longest, copied=job.size if job.video is None else 0)


def _traceback() -> str:
    return traceback.format_exc()[-_MAX_LOG:]


def _send(messages: BinaryIO, message: Message) -> None:
    messages.write(encode_message(message))
    messages.flush()


def _read_line() -> bytes:
    # Unbuffered, because the watchdog's thread reads from the same descriptor afterwards.
    line = b""
    while not line.endswith(b"\n"):
        part = os.read(0, 64 * 1024)
        if not part:
            return b""
        line += part
    return line
