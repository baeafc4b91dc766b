"""The work of one extraction: decode, cut, measure, encode."""

from collections.abc import Callable
from pathlib import Path

from tracklift_adapters.moviepy.decoding import ExactAudioReader
from tracklift_adapters.moviepy.encoding import AudioSink, open_encoder
from tracklift_adapters.moviepy.loudness import normalizing_filter, open_meter, read_loudness
from tracklift_adapters.moviepy.messages import Finished, Job
from tracklift_adapters.moviepy.pace import Pace
from tracklift_domain.conversion.errors import ExtractionError
from tracklift_domain.conversion.extraction_failures import nothing_decoded
from tracklift_domain.conversion.progress import Progress
from tracklift_domain.conversion.video import SHORTEST_AUDIO, outside_audio, too_long

_MEASURING = 0.35
"""The part that measuring takes of the whole work."""
_LENGTH_TOLERANCE = 1.0
"""Seconds by which decoded audio may exceed the limit: decoders put out whole frames, priming included."""


def extract(job: Job, tell: Callable[[Progress], None]) -> Finished:
    """Make the MP3.

    Raises:
        ExtractionError: with the code of the failure.
    """
    pace = Pace(tell)
    audio_filter = None
    done = 0.0
    if job.normalize:
        done = _MEASURING
        audio_filter = _measure(job, lambda fraction: pace.reached(fraction * _MEASURING))
    target = Path(job.folder) / "audio.mp3"
    encoder = open_encoder(job, target, audio_filter)
    samples = _decode_into(encoder, job, lambda fraction: pace.reached(done + fraction * (1 - done)))
    size = target.stat().st_size
    duration = samples / job.sample_rate
    average = max(1, round(size * 8 / duration / 1000))
    return Finished(audio=str(target), size=size, duration=duration, bitrate=job.bitrate or average)


def _measure(job: Job, reached: Callable[[float], None]) -> str | None:
    meter = open_meter(job)
    _decode_into(meter, job, reached)
    loudness = read_loudness(meter.log.text())
    return None if loudness is None else normalizing_filter(loudness)


def _decode_into(sink: AudioSink, job: Job, reached: Callable[[float], None]) -> int:
    """Decode the part from start to end into a sink, and give how many samples of each channel it has.

    The audio before the start is decoded as well: seeking would begin in the middle of what a decoder has to know,
    and decoding takes a tenth of the time that encoding takes.
    """
    reader = None
    try:
        reader = ExactAudioReader(
            Path(job.video), sample_rate=job.sample_rate, channels=job.channels, codec=job.codec
        )
        samples = _copy(reader, sink, job, reached)
        sink.finish()
    finally:
        if reader is not None:
            reader.kill()
        sink.kill()
    return samples


def _copy(reader: ExactAudioReader, sink: AudioSink, job: Job, reached: Callable[[float], None]) -> int:
    rate = job.sample_rate
    first = round(job.start * rate)
    last = None if job.end is None else round(job.end * rate)
    limit = round((job.longest + _LENGTH_TOLERANCE) * rate)
    expected = _expected_samples(job, last)
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
            raise too_long(job.longest)
        reached(position / expected)
        if last is not None and position >= last:
            break
    if taken < SHORTEST_AUDIO * rate:
        raise _too_little(job, position / rate)
    return taken


def _expected_samples(job: Job, last: int | None) -> int:
    """Give how many samples there are to decode; where the file does not say, the most that there may be."""
    ends = [round((job.longest if job.declared is None else job.declared) * job.sample_rate)]
    if last is not None:
        ends.append(last)
    return max(1, min(ends))


def _too_little(job: Job, decoded: float) -> ExtractionError:
    if decoded == 0 or (job.declared is not None and job.declared - job.start >= SHORTEST_AUDIO):
        return nothing_decoded()
    return outside_audio(job.start, decoded)
