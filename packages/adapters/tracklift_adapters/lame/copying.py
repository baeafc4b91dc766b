"""From a track that is MP3 already to an MP3's file, without decoding."""

from collections.abc import Callable, Iterator
from pathlib import Path

from tracklift_adapters.lame.decoder import AudioDecoder
from tracklift_adapters.lame.id3 import Id3Tag
from tracklift_adapters.lame.info_frame import Encoding
from tracklift_adapters.lame.mp3_copy import copy_mp3
from tracklift_adapters.lame.mp3_file import Mp3File
from tracklift_adapters.lame.music import Music
from tracklift_domain.conversion.ports import AudioFile
from tracklift_domain.conversion.video import ExtractionPlan, too_long

_DECODER_DELAY = 529
"""Samples by which every layer-III decoder is late (528 and one); LAME's field of the delay leaves them out."""
_LARGEST_FIELD = 4095
"""Samples that the fields of delay and padding can name."""


def copy(
    decoder: AudioDecoder,
    plan: ExtractionPlan,
    target: Path,
    reached: Callable[[float], None],
    *,
    tag: Id3Tag,
) -> AudioFile:
    """Put the track's frames into a file of their own, behind an ID3 tag.

    Raises:
        ExtractionError: `too_long`.
        ValueError: they can't be copied.
        OSError: the file can't be written.
    """
    with Mp3File(target, tag) as file:
        music = copy_mp3(_packets(decoder, plan, reached), file)
        encoding = _encoding(decoder, music, plan.track_traits.duration)
        rate = music.first.sample_rate
        played = music.samples - decoder.skipped if encoding is None else encoding.samples
        size = file.finish(music, encoding, played / rate)
    return AudioFile(
        path=target,
        size=size,
        duration=played / rate,
        decoded=(music.samples - decoder.skipped) / rate,
        bitrate=max(1, round(music.average_bitrate)),
        track=plan.track,
        damage=None,
    )


def _packets(
    decoder: AudioDecoder, plan: ExtractionPlan, reached: Callable[[float], None]
) -> Iterator[bytes]:
    expected = plan.track_traits.duration or plan.longest
    for seconds, packet in decoder.packets():
        if seconds > plan.longest:
            raise too_long(plan.longest)
        reached(min(seconds / expected, 1.0))
        yield packet


def _encoding(decoder: AudioDecoder, music: Music, declared: float | None) -> Encoding | None:
    """Tell players which samples are the encoder's own, if the video says so."""
    if declared is None or decoder.skipped < _DECODER_DELAY:
        return None
    samples = round(declared * music.first.sample_rate)
    delay = decoder.skipped - _DECODER_DELAY
    padding = music.samples - delay - samples
    if delay > _LARGEST_FIELD or not 0 <= padding <= _LARGEST_FIELD:
        return None
    return Encoding(samples=samples, delay=delay, source_rate=music.first.sample_rate)
