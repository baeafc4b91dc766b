"""Decoding with MoviePy's reader, to the sample."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from moviepy.audio.io.readers import FFMPEG_AudioReader

from tracklift_adapters.moviepy.captured_log import CapturedLog
from tracklift_adapters.moviepy.ffmpeg_verdict import FfmpegEndedError, decoding_failed

SAMPLE_BYTES = 4
"""32 bits: audio that is made louder keeps its full resolution."""
_BLOCK = 32 * 1024
"""Samples of each channel read at once."""


class ExactAudioReader(FFMPEG_AudioReader):  # type: ignore[misc] # published without type information
    """MoviePy's reader without its guesses.

    It starts ffmpeg as MoviePy does, through `initialize`, and stops it through `close`. The constructor of MoviePy's
    own class would first parse what ffmpeg prints about the file to learn its duration, and `read_chunk` would fill
    up with silence what is missing; nobody would read ffmpeg's standard error, so that a file with many errors would
    stand still for ever.
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
        """Give the decoded samples, channels interleaved, each block of whole frames, as many as there are.

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
        """Stop ffmpeg at once."""
        self.proc.kill()
        self.proc.wait()
        self.proc.stdout.close()
        self._log.close()
        self.close()
