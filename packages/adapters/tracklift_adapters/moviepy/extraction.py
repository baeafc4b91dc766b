"""One extraction: decode, cut, measure the loudness, encode."""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np

from tracklift_adapters.moviepy.decoding import ExactAudioReader
from tracklift_adapters.moviepy.encoding import AudioSink, open_encoder
from tracklift_adapters.moviepy.loudness import normalizing_filter, open_meter, read_loudness
from tracklift_domain.extraction.audio import AudioFile
from tracklift_domain.extraction.damage import damage_of_part
from tracklift_domain.extraction.peaks import PeakMeter
from tracklift_domain.extraction.plan import MP3_CODEC, ExtractionPlan
from tracklift_domain.extraction.sample_range import SampleRange

_FULL_SCALE = 2.0**31
_MEASURING = 0.35
"""The fraction of the whole work that measuring the loudness takes."""


def make_mp3(video: Path, plan: ExtractionPlan, folder: Path, reached: Callable[[float], None]) -> AudioFile:
    """Make the MP3 of a video in a file.

    Raises:
        ExtractionError: with the code of the failure.
    """
    audio_filter = None
    done = 0.0
    if plan.normalize:
        done = _MEASURING
        audio_filter = _measure(video, plan, lambda fraction: reached(fraction * _MEASURING))
    target = folder / "audio.mp3"
    encoder = open_encoder(plan, target, audio_filter)
    meter = PeakMeter()
    samples = _decode_into(
        encoder, video, plan, lambda fraction: reached(done + fraction * (1 - done)), meter
    )
    if audio_filter is not None:
        # The filter may change the gain over time, so the samples in front of it do not tell the peaks.
        meter = _peaks_of(target, plan)
    size = target.stat().st_size
    duration = samples / plan.encoding.sample_rate
    missing = plan.track_traits.missing if plan.end is None else None
    average = max(1, round(size * 8 / duration / 1000))
    return AudioFile(
        path=target,
        size=size,
        duration=duration,
        decoded=duration,
        bitrate=plan.encoding.bitrate or average,
        track=plan.track,
        damage=damage_of_part([], start=0.0, made=duration, missing=missing),
        peaks=meter.peaks(full_scale=_FULL_SCALE),
    )


def _measure(video: Path, plan: ExtractionPlan, reached: Callable[[float], None]) -> str | None:
    meter = open_meter(plan)
    _decode_into(meter, video, plan, reached)
    loudness = read_loudness(meter.log.text())
    return None if loudness is None else normalizing_filter(loudness)


def _decode_into(
    sink: AudioSink,
    video: Path,
    plan: ExtractionPlan,
    reached: Callable[[float], None],
    meter: PeakMeter | None = None,
) -> int:
    """Decode the range from start to end into a sink, and return how many samples per channel it has."""
    sample_range = SampleRange(plan)
    try:
        with _opened(video, plan, plan.track_traits.codec) as reader:
            for block in reader.blocks():
                taken = sample_range.next(len(block) // reader.frame)
                if taken.stop > taken.start:
                    samples = block[taken.start * reader.frame : taken.stop * reader.frame]
                    if meter is not None:
                        _measure_peaks(samples, plan, meter)
                    sink.write(samples)
                reached(sample_range.fraction)
                if sample_range.is_complete:
                    break
        sample_range.require_audio()
        sink.finish()
    finally:
        sink.kill()
    return sample_range.taken


def _peaks_of(mp3: Path, plan: ExtractionPlan) -> PeakMeter:
    """Decode an MP3 that this engine has made."""
    meter = PeakMeter()
    os.environ |= {"SAFE_FFMPEG_FORMAT": "mp3", "SAFE_FFMPEG_TRACK": "0"}
    with _opened(mp3, plan, MP3_CODEC) as reader:
        for block in reader.blocks():
            _measure_peaks(block, plan, meter)
    return meter


@contextmanager
def _opened(file: Path, plan: ExtractionPlan, codec: str) -> Iterator[ExactAudioReader]:
    encoding = plan.encoding
    reader = ExactAudioReader(file, sample_rate=encoding.sample_rate, channels=encoding.channels, codec=codec)
    try:
        yield reader
    finally:
        reader.kill()


def _measure_peaks(block: bytes, plan: ExtractionPlan, meter: PeakMeter) -> None:
    samples = np.frombuffer(block, dtype="<i4").reshape(-1, plan.encoding.channels)

    def amplitude(start: int, end: int) -> float:
        part = samples[start:end]
        return max(float(np.max(part)), -float(np.min(part)))

    meter.add(len(samples), amplitude)
