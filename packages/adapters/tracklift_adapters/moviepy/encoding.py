"""Encoding with MoviePy's writer."""

import contextlib
import os
from pathlib import Path
from typing import NoReturn

import numpy as np
from moviepy.audio.io.ffmpeg_audiowriter import FFMPEG_AudioWriter

from tracklift_adapters.moviepy.captured_log import CapturedLog
from tracklift_adapters.moviepy.chapters_file import write_chapters_file
from tracklift_adapters.moviepy.decoding import SAMPLE_BYTES
from tracklift_adapters.moviepy.ffmpeg_errors import FfmpegEndedError, encoding_failed
from tracklift_domain.extraction.plan import ExtractionPlan


class AudioSink:
    """MoviePy's writer; the standard error of its ffmpeg is read while it runs."""

    def __init__(
        self,
        target: str,
        plan: ExtractionPlan,
        *,
        codec: str,
        bitrate: str | None,
        arguments: list[str],
        chapters: Path | None = None,
    ) -> None:
        reading, writing = os.pipe()
        self.log = CapturedLog(os.fdopen(reading, "rb", buffering=0))
        with os.fdopen(writing, "wb") as logfile:
            self._writer = FFMPEG_AudioWriter(
                target,
                plan.encoding.sample_rate,
                nbytes=SAMPLE_BYTES,
                nchannels=plan.encoding.channels,
                codec=codec,
                bitrate=bitrate,
                input_video=None if chapters is None else str(chapters),
                logfile=logfile,
                ffmpeg_params=["-nostats", *arguments],
            )
        self._process = self._writer.proc

    def write(self, samples: bytes) -> None:
        """Write samples.

        Raises:
            ExtractionError: ffmpeg has ended.
        """
        try:
            self._writer.write_frames(np.frombuffer(samples, dtype="<i4"))
        except (OSError, ValueError):  # ValueError: MoviePy tries to quote a log file that does not exist.
            self._raise_failure()

    def finish(self) -> None:
        """Wait until ffmpeg has written the rest.

        Raises:
            ExtractionError: it ended with an error.
        """
        with contextlib.suppress(OSError):  # Samples are still buffered, but ffmpeg has ended.
            self._writer.close()
        if self._process.wait() != 0:
            self._raise_failure()

    def kill(self) -> None:
        """Kill ffmpeg if it still runs."""
        self._process.kill()
        self._process.wait()
        with contextlib.suppress(OSError):
            self._writer.close()
        self.log.close()

    def _raise_failure(self) -> NoReturn:
        status = self._process.wait()
        log = self.log.text()
        raise encoding_failed(status, log) from FfmpegEndedError(status, log)


def open_encoder(plan: ExtractionPlan, target: Path, audio_filter: str | None) -> AudioSink:
    """Start an encoder of an MP3 with ID3v2.3 tags, and the exact duration in its Xing or Info frame.

    The one additional input that MoviePy's writer accepts is used for the chapters, so there is no cover picture. The
    chapters are written before the audio, so those that the video declares are kept even if its audio ends early.

    Args:
        plan: What is encoded.
        target: The file.
        audio_filter: A filter for the samples in ffmpeg's notation; `None`: none.
    """
    arguments = ["-id3v2_version", "3"]
    for name, value in plan.tags:
        arguments += ["-metadata", f"{name}={value}"]
    if plan.encoding.quality is not None:
        arguments += ["-q:a", str(plan.encoding.quality)]
    if audio_filter is not None:
        arguments += ["-af", audio_filter]
    chapters = write_chapters_file(plan, target.with_name("chapters.txt"))
    if chapters is not None:
        arguments += ["-map_chapters", "1"]
    bitrate = None if plan.encoding.bitrate is None else f"{plan.encoding.bitrate}k"
    return AudioSink(
        str(target), plan, codec="libmp3lame", bitrate=bitrate, arguments=arguments, chapters=chapters
    )
