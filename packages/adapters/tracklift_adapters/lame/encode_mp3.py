"""Encoding a decoder's samples to an MP3 file."""

from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np

from tracklift_adapters.lame.decoding.decoder import AudioDecoder
from tracklift_adapters.lame.encoding.encoder import DEFAULT_QUALITY, EFFORT, LameEncoder, Samples
from tracklift_adapters.lame.encoding.library import version
from tracklift_adapters.lame.encoding.parallel_encoder import ParallelEncoder
from tracklift_adapters.lame.encoding.segments import PlanSegments
from tracklift_adapters.lame.encoding.single_encoder import SingleEncoder
from tracklift_adapters.lame.mp3.id3 import Id3Tag
from tracklift_adapters.lame.mp3.info_frame import Encoding
from tracklift_adapters.lame.mp3.mp3_file import Mp3File
from tracklift_domain.extraction.audio import AudioFile
from tracklift_domain.extraction.damage import Damage, damage_of_part
from tracklift_domain.extraction.peaks import PeakMeter
from tracklift_domain.extraction.sample_range import SampleRange


def samples_in(decoder: AudioDecoder, sample_range: SampleRange) -> Iterator[Samples]:
    """Yield a decoder's samples that are in a range.

    Raises:
        ExtractionError: the audio is too long or too short, or can't be decoded.
    """
    for block in decoder.blocks():
        samples = block[:, sample_range.next(block.shape[1])]
        if samples.shape[1]:
            yield samples
        if sample_range.is_complete:
            break
    sample_range.require_audio()


def damage_of(decoder: AudioDecoder, duration: float) -> Damage | None:
    """Return what is missing in an MP3 of this duration (seconds), once the decoder has reached the end."""
    plan = decoder.plan
    return damage_of_part(
        decoder.lost(),
        start=plan.start,
        made=duration,
        missing=plan.track_traits.missing if plan.end is None else None,
    )


def encode_mp3(
    decoder: AudioDecoder,
    sample_range: SampleRange,
    plan_segments: PlanSegments,
    target: Path,
    reached: Callable[[float], None],
    *,
    gain: float,
    tag: Id3Tag,
) -> AudioFile:
    """Encode a range of samples to an MP3 file.

    Args:
        decoder: It has begun.
        sample_range: Which of its samples are encoded.
        plan_segments: Splits them among encoders.
        target: The file.
        reached: Called with the fraction that is done.
        gain: The factor for all samples.
        tag: What the file begins with.

    Raises:
        ExtractionError: with the code of the failure.
        SeamError: the segments can't be joined.
        OSError: the file can't be written.
    """
    plan, meter = decoder.plan, PeakMeter()
    rate, bitrate = plan.encoding.sample_rate, plan.encoding.bitrate

    def open_encoder() -> LameEncoder:
        return LameEncoder(
            sample_rate=rate,
            channels=plan.encoding.channels,
            bitrate=bitrate,
            quality=plan.encoding.quality,
            gain=gain,
        )

    def encoded(samples: int) -> None:
        # More than are expected, as neighbouring segments overlap.
        reached(min(samples / sample_range.expected_taken, 1.0))

    with Mp3File(target, tag) as file:
        with _start_encoder(open_encoder, file, plan_segments, rate, encoded) as running:
            for samples in samples_in(decoder, sample_range):
                _measure(samples, meter)
                running.write(samples)
            # Queried here, where the decoder's thread is idle while the others encode.
            with open_encoder() as encoder:
                delay, lowpass = encoder.delay, encoder.lowpass
            written = running.finish()
        encoding = Encoding(
            encoder=f"LAME{version()}",
            samples=sample_range.taken,
            delay=delay,
            quality=EFFORT,
            variable_quality=DEFAULT_QUALITY if plan.encoding.quality is None else plan.encoding.quality,
            lowpass=lowpass,
            source_rate=decoder.source_rate,
        )
        duration = sample_range.taken / rate
        size = file.finish(written, encoding, duration)
    return AudioFile(
        path=target,
        size=size,
        duration=duration,
        decoded=duration,
        bitrate=bitrate or max(1, round((size - tag.size) * 8 / duration / 1000)),
        track=plan.track,
        damage=damage_of(decoder, duration),
        peaks=meter.peaks(gain=gain),
    )


def _measure(samples: Samples, meter: PeakMeter) -> None:
    def amplitude(start: int, end: int) -> float:
        part = samples[:, start:end]
        return max(float(np.max(part)), -float(np.min(part)))

    meter.add(samples.shape[1], amplitude)


def _start_encoder(
    open_encoder: Callable[[], LameEncoder],
    file: Mp3File,
    plan_segments: PlanSegments,
    sample_rate: int,
    encoded: Callable[[int], None],
) -> ParallelEncoder | SingleEncoder:
    expected = plan_segments(0, 0)
    if len(expected.segments) == 1:
        return SingleEncoder(open_encoder, file, max_waiting=expected.max_waiting, encoded=encoded)
    return ParallelEncoder(open_encoder, file, plan_segments, sample_rate=sample_rate, encoded=encoded)
