"""The engine: MP3s made with PyAV's decoder and LAME's encoder, one recording on all processors."""

import logging
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from typing_extensions import override

from tracklift_adapters.lame.decoder import AudioDecoder
from tracklift_adapters.lame.joiner import SeamError
from tracklift_adapters.lame.pieces import divide
from tracklift_adapters.lame.processors import usable_processors
from tracklift_adapters.lame.recording import record
from tracklift_domain.conversion.cut import Cut
from tracklift_domain.conversion.errors import NotCoveredError
from tracklift_domain.conversion.ports import AudioEngine, AudioFile, SeekableReader
from tracklift_domain.conversion.video import ExtractionPlan

_log = logging.getLogger(__name__)


class LameAudioEngine(AudioEngine):
    """Reads the video where it lies, decodes it once, and encodes several pieces of it at the same time."""

    def __init__(self, encoders: int | None = None) -> None:
        """Make the engine; `encoders` work at once, or as many as there are processors."""
        self._encoders = encoders or usable_processors()

    @override
    def extract(
        self, video: SeekableReader, plan: ExtractionPlan, folder: Path, reached: Callable[[float], None]
    ) -> AudioFile:
        if plan.normalize:
            raise NotCoveredError("the loudness is to be changed")
        # With a variable bit rate the state of the reservoir is another one after each piece: nothing would fit.
        encoders = 1 if plan.encoding.bitrate is None else self._encoders
        target = folder / "audio.mp3"
        try:
            return self._record(video, plan, target, reached, encoders)
        except SeamError as error:
            _log.warning("It is encoded in one piece, because the pieces can't be joined: %s.", error)
            return self._record(video, plan, target, reached, 1)

    def _record(
        self,
        video: SeekableReader,
        plan: ExtractionPlan,
        target: Path,
        reached: Callable[[float], None],
        encoders: int,
    ) -> AudioFile:
        cut = Cut(plan)
        encoding = plan.encoding
        decoder = AudioDecoder(
            video,
            plan.track,
            codec=plan.track_traits.codec,
            sample_rate=encoding.sample_rate,
            channels=encoding.channels,
        )
        with closing(decoder):
            division = divide(
                cut.expected_taken, encoding.sample_rate, channels=encoding.channels, encoders=encoders
            )
            return record(decoder, cut, division, plan, target, reached)
