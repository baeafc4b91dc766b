"""Decoding with MoviePy's reader, exact to the sample."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from moviepy.audio.io.readers import FFMPEG_AudioReader

from tracklift_adapters.moviepy.captured_log import CapturedLog
from tracklift_adapters.moviepy.ffmpeg_errors import FfmpegEndedError, decoding_failed

SAMPLE_BYTES = 4
"""32 bits, so that audio keeps its resolution when it is amplified."""
_BLOCK = 32 * 1024
"""Samples per channel that are read at once."""


class ExactAudioReader(FFMPEG_AudioReader):  # type: ignore[misc] # published without type information
    """MoviePy's reader without its heuristics.

    It starts ffmpeg as MoviePy does, with `initialize`, and stops it with `close`. MoviePy's own constructor would
    first parse ffmpeg's output to learn the duration, and `read_chunk` would replace missing samples by silence.
    MoviePy does not read ffmpeg's standard error while it decodes, so a file with many errors would block for ever.
    """

    def __init__(self, video: Path, *, sample_rate: int, channels: int, codec: str) -> None:
        self.filename = str(video)
        self.fps = sample_rate
        self.nchannels = channels
        self.nbytes = SAMPLE_BYTES
        self.format = f"s{8 * SAMPLE_BYTES}le"
        self.codec = f"pcm_{self.format}"
        self.frame = channels * SAMPLE_BYTES
        self.buffersize = _BLOCK * self.frame
        self.proc: Any = None
        self._source_codec = codec
        self._start()

    def _start(self) -> None:
        self.initialize()
        self._log = CapturedLog(self.proc.stderr)

    def blocks(self) -> Iterator[bytes]:
        """Yield blocks of decoded samples with interleaved channels, each of whole frames.

        Raises:
            ExtractionError: ffmpeg ended with an error.
        """
        while block := self.proc.stdout.read(self.buffersize):
            yield block[: len(block) - len(block) % self.frame]
        status = self.proc.wait()
        if status != 0:
            log = self._log.text()
            raise decoding_failed(status, log, self._source_codec) from FfmpegEndedError(status, log)

    def kill(self) -> None:
        """Kill ffmpeg."""
        self.proc.kill()
        self.proc.wait()
        self.proc.stdout.close()
        self._log.close()
        self.close()
