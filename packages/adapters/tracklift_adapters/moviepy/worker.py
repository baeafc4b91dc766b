"""The process of one extraction: takes a job from standard input, tells on standard output how it goes."""

import contextlib
import os
import traceback
from typing import BinaryIO

from tracklift_adapters.moviepy.extraction import extract
from tracklift_adapters.moviepy.life_line import hold_to_parent
from tracklift_adapters.moviepy.messages import (
    LONGEST_LINE,
    Failed,
    Finished,
    Job,
    decode_job,
    encode_message,
)
from tracklift_domain.conversion.errors import ExtractionError
from tracklift_domain.conversion.extraction_failures import internal_error, storage_failed
from tracklift_domain.conversion.progress import Progress

_LONGEST_LOG = 4 * 1024
"""Characters. Even if JSON needs twelve bytes for each, the message is shorter than it may be."""


def main() -> None:
    """Do one job."""
    # What libraries print must not come between the messages.
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    line = _read_line()
    if not line:
        raise SystemExit(1)  # The application ended before it had said what to do.
    job = decode_job(line)
    hold_to_parent(job.parent)
    job.limits.apply(job.longest)
    with contextlib.suppress(BrokenPipeError):
        _tell(answers, _run(job, answers))


def _run(job: Job, answers: BinaryIO) -> Finished | Failed:
    try:
        return extract(job, lambda progress: _tell(answers, progress))
    except ExtractionError as error:
        return Failed(error=error, log=str(error.__cause__ or "")[-_LONGEST_LOG:])
    except BrokenPipeError:
        raise
    except OSError as error:
        return Failed(error=storage_failed(error), log=_what_happened())
    except Exception:  # noqa: BLE001 - whatever it is, the application is told
        return Failed(error=internal_error(), log=_what_happened())


def _what_happened() -> str:
    return traceback.format_exc()[-_LONGEST_LOG:]


def _tell(answers: BinaryIO, message: Progress | Finished | Failed) -> None:
    answers.write(encode_message(message))
    answers.flush()


def _read_line() -> bytes:
    # Unbuffered, because a thread goes on reading from the same place.
    line = b""
    while not line.endswith(b"\n") and len(line) < LONGEST_LINE:
        part = os.read(0, LONGEST_LINE)
        if not part:
            return b""
        line += part
    return line


if __name__ == "__main__":
    main()
