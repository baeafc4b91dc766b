"""From a decoder's samples to an MP3's file."""

from collections.abc import Callable, Iterator
from pathlib import Path

from tracklift_adapters.lame.decoder import AudioDecoder
from tracklift_adapters.lame.encoder import DEFAULT_QUALITY, EFFORT, LameEncoder, Samples
from tracklift_adapters.lame.id3 import Id3Tag
from tracklift_adapters.lame.info_frame import Encoding
from tracklift_adapters.lame.library import version
from tracklift_adapters.lame.mp3_file import Mp3File
from tracklift_adapters.lame.parallel_encoder import ParallelEncoder
from tracklift_adapters.lame.pieces import Division
from tracklift_adapters.lame.single_encoder import SingleEncoder
from tracklift_domain.extraction.audio import AudioFile
from tracklift_domain.extraction.damage import Damage, damage_of_part
from tracklift_domain.extraction.sample_range import SampleRange


def taken_samples(decoder: AudioDecoder, cut: SampleRange) -> Iterator[Samples]:
    """Give what a cut takes of a decoder's samples.

    Raises:
        ExtractionError: it is too much or too little, or can't be decoded.
    """
    for block in decoder.blocks():
        samples = block[:, cut.next(block.shape[1])]
        if samples.shape[1]:
            yield samples
        if cut.is_complete:
            break
    cut.require_audio()


def damage_of(decoder: AudioDecoder, made: float) -> Damage | None:
    """Tell what is missing of an MP3 of so many seconds, once a decoder has given all of it."""
    plan = decoder.plan
    return damage_of_part(
        decoder.lost(),
        start=plan.start,
        made=made,
        missing=plan.track_traits.missing if plan.end is None else None,
    )


def record(
    decoder: AudioDecoder,
    cut: SampleRange,
    division: Division,
    target: Path,
    reached: Callable[[float], None],
    *,
    gain: float,
    tag: Id3Tag,
) -> AudioFile:
    """Encode what the cut takes of a decoder that has begun, in pieces, each multiplied with `gain`, behind an ID3 tag.

    Raises:
        ExtractionError: with the code of the failure.
        SeamError: the pieces can't be joined.
        OSError: the file can't be written.
    """
    plan = decoder.plan
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
        reached(samples / cut.expected_taken)

    with Mp3File(target, tag) as file:
        with _begin(open_encoder, file, division, rate, encoded) as encoders:
            for samples in taken_samples(decoder, cut):
                encoders.write(samples)
            # Asked here, where the decoder's thread has nothing else to do while the others encode.
            with open_encoder() as encoder:
                delay, lowpass = encoder.delay, encoder.lowpass
            music = encoders.finish()
        encoding = Encoding(
            encoder=f"LAME{version()}",
            samples=cut.taken,
            delay=delay,
            quality=EFFORT,
            variable_quality=DEFAULT_QUALITY if plan.encoding.quality is None else plan.encoding.quality,
            lowpass=lowpass,
            source_rate=decoder.source_rate,
        )
        duration = cut.taken / rate
        size = file.finish(music, encoding, duration)
    return AudioFile(
        path=target,
        size=size,
        duration=duration,
        decoded=duration,
        bitrate=bitrate or max(1, round((size - tag.size) * 8 / duration / 1000)),
        track=plan.track,
        damage=damage_of(decoder, duration),
    )


def _begin(
    open_encoder: Callable[[], LameEncoder],
    file: Mp3File,
    division: Division,
    sample_rate: int,
    encoded: Callable[[int], None],
) -> ParallelEncoder | SingleEncoder:
    if len(division.pieces) == 1:
        return SingleEncoder(open_encoder, file, most_waiting=division.most_waiting, encoded=encoded)
    return ParallelEncoder(open_encoder, file, division, sample_rate=sample_rate, encoded=encoded)
