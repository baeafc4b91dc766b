"""The work of one extraction: decode, cut, measure, encode."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from tracklift_adapters.moviepy.decoding import ExactAudioReader
from tracklift_adapters.moviepy.encoding import AudioSink, open_encoder
from tracklift_adapters.moviepy.loudness import normalizing_filter, open_meter, read_loudness
from tracklift_domain.conversion.errors import ExtractionError
from tracklift_domain.conversion.extraction_failures import nothing_decoded
from tracklift_domain.conversion.ports import AudioFile
from tracklift_domain.conversion.video import SHORTEST_AUDIO, ExtractionPlan, outside_audio, too_long

_MEASURING = 0.35
"""The part that measuring takes of the whole work."""
_LENGTH_TOLERANCE = 1.0
"""Seconds by which decoded audio may exceed the limit: decoders put out whole frames, priming included."""


def make_mp3(video: Path, plan: ExtractionPlan, folder: Path, reached: Callable[[float], None]) -> AudioFile:
    """Make the MP3 of a video in an ordinary file.

    Raises:
        ExtractionError: with the code of the failure.
    """
    source = _Source(video, plan)
    audio_filter = None
    done = 0.0
    if plan.normalize:
        done = _MEASURING
        audio_filter = _measure(source, lambda fraction: reached(fraction * _MEASURING))
    target = folder / "audio.mp3"
    encoder = open_encoder(plan, target, audio_filter)
    samples = _decode_into(encoder, source, lambda fraction: reached(done + fraction * (1 - done)))
    size = target.stat().st_size
    duration = samples / plan.encoding.sample_rate
    average = max(1, round(size * 8 / duration / 1000))
    return AudioFile(
        path=target,
        size=size,
        duration=duration,
        decoded=duration,
        bitrate=plan.encoding.bitrate or average,
    )


@dataclass(frozen=True, slots=True)
class _Source:
    video: Path
    plan: ExtractionPlan

    @property
    def rate(self) -> int:
        """Samples of each channel in a second, as the decoder puts them out."""
        return self.plan.encoding.sample_rate

    def open(self) -> ExactAudioReader:
        encoding = self.plan.encoding
        return ExactAudioReader(
            self.video,
            sample_rate=encoding.sample_rate,
            channels=encoding.channels,
            codec=self.plan.track_traits.codec,
        )


def _measure(source: _Source, reached: Callable[[float], None]) -> str | None:
    meter = open_meter(source.plan)
    _decode_into(meter, source, reached)
    loudness = read_loudness(meter.log.text())
    return None if loudness is None else normalizing_filter(loudness)


def _decode_into(sink: AudioSink, source: _Source, reached: Callable[[float], None]) -> int:
    """Decode the part from start to end into a sink, and give how many samples of each channel it has.

    The audio before the start is decoded as well: seeking would begin in the middle of what a decoder has to know,
    and decoding takes a tenth of the time that encoding takes.
    """
    reader = None
    try:
        reader = source.open()
        samples = _copy(reader, sink, source, reached)
        sink.finish()
    finally:
        if reader is not None:
            reader.kill()
        sink.kill()
    return samples


def _copy(
    reader: ExactAudioReader, sink: AudioSink, source: _Source, reached: Callable[[float], None]
) -> int:
    rate, plan = source.rate, source.plan
    first = round(plan.start * rate)
    last = None if plan.end is None else round(plan.end * rate)
    limit = round((plan.longest + _LENGTH_TOLERANCE) * rate)
    expected = _expected_samples(source, last)
    position = taken = 0
    for block in reader.blocks():
        count = len(block) // reader.frame
        begin = min(max(first - position, 0), count)
        end = count if last is None else min(last - position, count)
        if end > begin:
            sink.write(block[begin * reader.frame : end * reader.frame])
            taken += end - begin
        position += count
        if position > limit:
            raise too_long(plan.longest)
        reached(position / expected)
        if last is not None and position >= last:
            break
    if taken < SHORTEST_AUDIO * rate:
        raise _too_little(plan, position / rate)
    return taken


def _expected_samples(source: _Source, last: int | None) -> int:
    """Give how many samples there are to decode; where the file does not say, the most that there may be."""
    declared = source.plan.track_traits.duration
    ends = [round((source.plan.longest if declared is None else declared) * source.rate)]
    if last is not None:
        ends.append(last)
    return max(1, min(ends))


def _too_little(plan: ExtractionPlan, decoded: float) -> ExtractionError:
    declared = plan.track_traits.duration
    if decoded == 0 or (declared is not None and declared - plan.start >= SHORTEST_AUDIO):
        return nothing_decoded()
    return outside_audio(plan.start, decoded)
