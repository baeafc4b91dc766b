"""One extraction: decode, cut, measure the loudness, encode."""

from collections.abc import Callable
from pathlib import Path

from tracklift_adapters.moviepy.decoding import ExactAudioReader
from tracklift_adapters.moviepy.encoding import AudioSink, open_encoder
from tracklift_adapters.moviepy.loudness import normalizing_filter, open_meter, read_loudness
from tracklift_domain.extraction.audio import AudioFile
from tracklift_domain.extraction.damage import damage_of_part
from tracklift_domain.extraction.plan import ExtractionPlan
from tracklift_domain.extraction.sample_range import SampleRange

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
    samples = _decode_into(encoder, video, plan, lambda fraction: reached(done + fraction * (1 - done)))
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
    )


def _measure(video: Path, plan: ExtractionPlan, reached: Callable[[float], None]) -> str | None:
    meter = open_meter(plan)
    _decode_into(meter, video, plan, reached)
    loudness = read_loudness(meter.log.text())
    return None if loudness is None else normalizing_filter(loudness)


def _decode_into(sink: AudioSink, video: Path, plan: ExtractionPlan, reached: Callable[[float], None]) -> int:
    """Decode the range from start to end into a sink, and return how many samples per channel it has."""
    reader, sample_range = None, SampleRange(plan)
    try:
        reader = ExactAudioReader(
            video,
            sample_rate=plan.encoding.sample_rate,
            channels=plan.encoding.channels,
            codec=plan.track_traits.codec,
        )
        for block in reader.blocks():
            taken = sample_range.next(len(block) // reader.frame)
            if taken.stop > taken.start:
                sink.write(block[taken.start * reader.frame : taken.stop * reader.frame])
            reached(sample_range.fraction)
            if sample_range.is_complete:
                break
        sample_range.require_audio()
        sink.finish()
    finally:
        if reader is not None:
            reader.kill()
        sink.kill()
    return sample_range.taken
