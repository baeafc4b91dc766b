"""From a track that is MP3 already to an MP3's file, without decoding.

A copy holds whole frames. So only a track that is played whole is copied, but for the samples that an encoder puts in
front and behind: what somebody has cut away is in no MP3, not even unheard.
"""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from tracklift_adapters.lame.clock import DRIFT
from tracklift_adapters.lame.decoder import AudioDecoder
from tracklift_adapters.lame.id3 import Id3Tag
from tracklift_adapters.lame.info_frame import Encoding
from tracklift_adapters.lame.mp3_copy import copy_mp3
from tracklift_adapters.lame.mp3_file import Mp3File
from tracklift_adapters.lame.music import Music
from tracklift_domain.extraction.audio import AudioFile
from tracklift_domain.extraction.damage import damage_of_part
from tracklift_domain.extraction.failures import too_long
from tracklift_domain.extraction.timeline import Edit, without_delay

_DECODER_DELAY = 529
"""Samples by which every layer-III decoder is late (528 and one); LAME's field of the delay leaves them out."""
_MOST_FRAMES = 2
"""Frames that an encoder may have put in front of the sound, and behind it: LAME's delay and the decoder's are one and
a half together."""


def copy(decoder: AudioDecoder, target: Path, reached: Callable[[float], None], *, tag: Id3Tag) -> AudioFile:
    """Put the track's frames into a file of their own, behind an ID3 tag.

    Raises:
        ExtractionError: `too_long`, `corrupt_media`.
        ValueError: they can't be copied.
        OSError: the file can't be written.
    """
    track = decoder.plan.track_traits
    if not decoder.plan.unchanged:
        raise ValueError("the track that has a decoder is none")
    times = _Times()
    with Mp3File(target, tag) as file:
        music = copy_mp3(_packets(decoder, times, reached), file)
        rate = music.first.sample_rate
        times.check(music)
        before, played = _played(track.edits, times.first, music)
        encoding = None
        if before >= _DECODER_DELAY:
            encoding = Encoding(samples=played, delay=before - _DECODER_DELAY, source_rate=rate)
        size = file.finish(music, encoding, played / rate)
    return AudioFile(
        path=target,
        size=size,
        duration=played / rate,
        decoded=played / rate,
        bitrate=max(1, round(music.average_bitrate)),
        track=decoder.plan.track,
        damage=damage_of_part([], start=0.0, made=played / rate, missing=track.missing),
    )


class _Times:
    """The times of the first and the last packet."""

    def __init__(self) -> None:
        self.first = self.last = 0.0
        self._count = 0

    def add(self, seconds: float) -> None:
        self.first = seconds if self._count == 0 else self.first
        self.last = seconds
        self._count += 1

    def check(self, music: Music) -> None:
        """Make sure that there are no gaps, which frames that follow each other can't keep."""
        apart = (self._count - 1) / self._count * music.samples / music.first.sample_rate
        if abs(self.last - self.first - apart) > DRIFT:
            raise ValueError("its frames do not follow each other in time")


def _packets(decoder: AudioDecoder, times: _Times, reached: Callable[[float], None]) -> Iterator[bytes]:
    plan = decoder.plan
    expected = plan.track_traits.duration or plan.longest
    for seconds, packet in decoder.packets():
        times.add(seconds)
        if seconds - times.first > plan.longest:
            raise too_long(plan.longest)
        reached(min((seconds - times.first) / expected, 1.0))
        yield packet


def _played(edits: Sequence[Edit], start: float, music: Music) -> tuple[int, int]:
    """Give how many samples lie in front of what is played, and how many are played.

    Raises:
        ValueError: the edit list leaves out more than what an encoder puts there.
    """
    rate, most = music.first.sample_rate, _MOST_FRAMES * music.first.samples
    parts = without_delay(edits, start) or (Edit(start, None),)
    if len(parts) > 1:
        raise ValueError("it is played in parts")
    before = round(((parts[0].start or 0.0) - start) * rate)
    played = music.samples - before
    if parts[0].duration is not None:
        played = min(played, round(parts[0].duration * rate))
    behind = music.samples - before - played
    if before > most or behind > (most if before >= _DECODER_DELAY else music.first.samples):
        raise ValueError("a part of it is cut away")
    return before, played
