"""The engine: PyAV decodes a recording, and LAME encodes it on all processors."""

import logging
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from typing_extensions import override

from tracklift_adapters.lame.copying import copy
from tracklift_adapters.lame.decoding.decoder import AudioDecoder
from tracklift_adapters.lame.decoding.loudness import LoudnessMeter
from tracklift_adapters.lame.encode_mp3 import damage_of, encode_mp3, samples_in
from tracklift_adapters.lame.encoding.joiner import SeamError
from tracklift_adapters.lame.encoding.library import MissingLameError, lame
from tracklift_adapters.lame.encoding.processors import usable_processors
from tracklift_adapters.lame.encoding.segments import Segmentation, plan_segments
from tracklift_adapters.lame.mp3.id3 import Id3Tag
from tracklift_adapters.lame.tagging import tag_of
from tracklift_domain.extraction.audio import AudioFile
from tracklift_domain.extraction.errors import NotCoveredError
from tracklift_domain.extraction.plan import ExtractionPlan
from tracklift_domain.extraction.ports import AudioEngine
from tracklift_domain.extraction.sample_range import SampleRange
from tracklift_domain.media.ports import SeekableReader

_log = logging.getLogger(__name__)

_MEASURING = 0.25
"""The fraction of the whole work that measuring the loudness takes."""


class LameAudioEngine(AudioEngine):
    """Reads the video in place, decodes it once, and encodes several segments of it at the same time."""

    def __init__(self, encoders: int | None = None) -> None:
        """Create the engine; `encoders` work at the same time, by default as many as there are processors."""
        self._encoders = encoders or usable_processors()

    @override
    def extract(
        self, video: SeekableReader, plan: ExtractionPlan, folder: Path, reached: Callable[[float], None]
    ) -> AudioFile:
        try:
            lame()
        except MissingLameError as error:
            raise NotCoveredError(str(error)) from error
        target, tag = folder / "audio.mp3", tag_of(video, plan)
        if any(candidate.unchanged for candidate in plan.candidates):
            try:
                with _opened(video, plan) as decoder:
                    return copy(decoder, target, reached, tag=tag)
            except ValueError as error:
                _log.info("The MP3 track is re-encoded, because it can't be copied: %s.", error)
        gain, done = 1.0, 0.0
        if plan.normalize:
            gain, done = _measured_gain(video, plan, reached), _MEASURING

        def encoded(fraction: float) -> None:
            reached(done + fraction * (1 - done))

        # With a variable bit rate, the encoders' reservoirs differ at each seam, so segments could not be joined.
        encoders = 1 if plan.encoding.bitrate is None else self._encoders
        try:
            return _encode(video, plan, target, encoded, gain, tag, encoders)
        except SeamError as error:
            _log.warning(
                "The audio is encoded in one segment, because its segments can't be joined: %s.", error
            )
            return _encode(video, plan, target, encoded, gain, tag, 1)


def _encode(
    video: SeekableReader,
    plan: ExtractionPlan,
    target: Path,
    encoded: Callable[[float], None],
    gain: float,
    tag: Id3Tag,
    encoders: int,
) -> AudioFile:
    with _opened(video, plan) as decoder:
        decoder.begin()
        encoding, sample_range = decoder.plan.encoding, SampleRange(decoder.plan)

        def plan_so_far(supplied: int, encoded: int) -> Segmentation:
            return plan_segments(
                sample_range.expected_taken,
                encoding.sample_rate,
                channels=encoding.channels,
                encoders=encoders,
                supplied=supplied,
                encoded=encoded,
            )

        return encode_mp3(decoder, sample_range, plan_so_far, target, encoded, gain=gain, tag=tag)


def _measured_gain(video: SeekableReader, plan: ExtractionPlan, reached: Callable[[float], None]) -> float:
    """Return the factor for all samples that gives the target loudness.

    Raises:
        NotCoveredError: with one factor for all samples, the peaks would be too high.
    """
    with _opened(video, plan) as decoder:
        decoder.begin()
        encoding, sample_range = decoder.plan.encoding, SampleRange(decoder.plan)
        meter = LoudnessMeter(sample_rate=encoding.sample_rate, channels=encoding.channels)
        for samples in samples_in(decoder, sample_range):
            meter.add(samples)
            reached(sample_range.fraction * _MEASURING)
        planned, damage = decoder.plan, damage_of(decoder, sample_range.taken / encoding.sample_rate)
    gain = meter.loudness().gain
    if gain is None:
        reason = "the peaks would be too high after the loudness is changed"
        raise NotCoveredError(reason, plan=planned, damage=damage)
    return gain


@contextmanager
def _opened(video: SeekableReader, plan: ExtractionPlan) -> Iterator[AudioDecoder]:
    with closing(AudioDecoder(video, plan)) as decoder:
        yield decoder
