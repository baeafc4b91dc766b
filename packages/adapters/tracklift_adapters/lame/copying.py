"""Copying a track that already is MP3 to an MP3 file, without decoding.

A copy consists of whole frames. So a track is copied only if all of it is played, except the samples that an encoder
adds at the beginning and end. What an edit list cuts away must not be in the MP3, not even where players skip it.
"""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from tracklift_adapters.lame.decoding.clock import DRIFT
from tracklift_adapters.lame.decoding.decoder import AudioDecoder
from tracklift_adapters.lame.mp3.frame_writer import FrameWriter
from tracklift_adapters.lame.mp3.id3 import Id3Tag
from tracklift_adapters.lame.mp3.info_frame import Encoding
from tracklift_adapters.lame.mp3.mp3_copy import copy_mp3
from tracklift_adapters.lame.mp3.mp3_file import Mp3File
from tracklift_domain.extraction.audio import AudioFile
from tracklift_domain.extraction.damage import damage_of_part
from tracklift_domain.extraction.failures import too_long
from tracklift_domain.extraction.timeline import Edit, without_delay

_DECODER_DELAY = 529
"""Samples of delay of every layer III decoder (528 and one), which LAME's delay field does not include."""
_MAX_FRAMES = 2
"""Frames that an encoder may have added before the audio, and after it: the delays of LAME and of a decoder add up to
one and a half."""


def copy(decoder: AudioDecoder, target: Path, reached: Callable[[float], None], *, tag: Id3Tag) -> AudioFile:
    """Write an MP3 file of the track's frames, with an ID3 tag.

    Raises:
        ExtractionError: `too_long`, `corrupt_media`.
        ValueError: the track can't be copied.
        OSError: the file can't be written.
    """
    track = decoder.plan.track_traits
    if not decoder.plan.unchanged:
        raise ValueError("the track is not MP3, or would have to be changed")
    times = _Times()
    with Mp3File(target, tag) as file:
        written = copy_mp3(_packets(decoder, times, reached), file)
        rate = written.first.sample_rate
        times.check(written)
        before, played = _played(track.edits, times.first, written)
        encoding = None
        if before >= _DECODER_DELAY:
            encoding = Encoding(samples=played, delay=before - _DECODER_DELAY, source_rate=rate)
        size = file.finish(written, encoding, played / rate)
    return AudioFile(
        path=target,
        size=size,
        duration=played / rate,
        decoded=played / rate,
        bitrate=max(1, round(written.average_bitrate)),
        track=decoder.plan.track,
        damage=damage_of_part([], start=0.0, made=played / rate, missing=track.missing),
        # To find them it would have to be decoded, which takes ten times as long as all of this.
        peaks=b"",
    )


class _Times:
    """The timestamps of the first and the last packet."""

    def __init__(self) -> None:
        self.first = self.last = 0.0
        self._count = 0

    def add(self, seconds: float) -> None:
        self.first = seconds if self._count == 0 else self.first
        self.last = seconds
        self._count += 1

    def check(self, written: FrameWriter) -> None:
        """Raise `ValueError` if there are gaps in time, which an MP3 can't represent."""
        expected = (self._count - 1) / self._count * written.samples / written.first.sample_rate
        if abs(self.last - self.first - expected) > DRIFT:
            raise ValueError("there are gaps in time between its frames")


def _packets(decoder: AudioDecoder, times: _Times, reached: Callable[[float], None]) -> Iterator[bytes]:
    plan = decoder.plan
    expected = plan.track_traits.duration or plan.longest
    for seconds, packet in decoder.packets():
        times.add(seconds)
        if seconds - times.first > plan.longest:
            raise too_long(plan.longest)
        reached(min((seconds - times.first) / expected, 1.0))
        yield packet


def _played(edits: Sequence[Edit], start: float, written: FrameWriter) -> tuple[int, int]:
    """Return how many samples precede those that are played, and how many are played.

    Raises:
        ValueError: the edit list omits more samples than an encoder adds.
    """
    rate, limit = written.first.sample_rate, _MAX_FRAMES * written.first.samples
    parts = without_delay(edits, start) or (Edit(start, None),)
    if len(parts) > 1:
        raise ValueError("its edit list has several parts")
    before = round(((parts[0].start or 0.0) - start) * rate)
    played = written.samples - before
    if parts[0].duration is not None:
        played = min(played, round(parts[0].duration * rate))
    behind = written.samples - before - played
    if before > limit or behind > (limit if before >= _DECODER_DELAY else written.first.samples):
        raise ValueError("its edit list cuts a part away")
    return before, played
