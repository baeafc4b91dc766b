"""Placing decoded sound on the file's timeline: gaps become silence, and drifts are corrected."""

from collections import deque
from collections.abc import Iterator

import numpy as np
from av.audio.frame import AudioFrame

from tracklift_adapters.lame.decoding.clock import (
    AHEAD,
    ENOUGH,
    MIN_OVERLAP,
    Placement,
    SoundClock,
    TimedSound,
    time_scale,
)
from tracklift_adapters.lame.decoding.decode_packets import DecodedPacket
from tracklift_adapters.lame.decoding.resampler import form_of
from tracklift_adapters.lame.decoding.silence import faded_out, samples_of, silent_frames, with_samples
from tracklift_adapters.lame.decoding.splices import Splice, shorten, trim_overlap
from tracklift_adapters.lame.decoding.stretching import Sound, stretched
from tracklift_domain.extraction.failures import nothing_decoded

_UNCHANGED = Placement()
_ROUNDING = 1e-6
"""Seconds."""


class PlacedSound:
    """The sound of a track from its first frame on, without gaps.

    Raises:
        ExtractionError: `corrupt_media`, if there is none.
    """

    def __init__(self, packets: Iterator[DecodedPacket], *, steady: bool, padding: float | None) -> None:
        """Decode the first second.

        Args:
            packets: Those of the track, in order.
            steady: Whether the timestamps are good enough for drifts and for the duration of the last packet.
            padding: Seconds by which the last packet is shorter than the others, if its own declared duration does not
                tell. `None`: it is whole, and libavformat has computed its duration from the header's.
        """
        self._packets = packets
        self._padding = padding
        self._usual = 0.0
        self._steady = steady
        self._ahead: deque[DecodedPacket] = deque()
        self._seconds_ahead, self._whole_ahead = 0.0, 0
        self._ended = False
        self._owed = 0.0
        self._follows_several = False
        self.lost: list[tuple[float, float]] = []
        """Times in the media, and durations, of what could not be decoded so far, in seconds."""
        self._fill(AHEAD, ENOUGH + 1)
        frames = [frame for packet in self._ahead for frame in packet.frames]
        if not frames:
            raise nothing_decoded()
        self._last = frames[-1]
        self.sample_rate = self._last.sample_rate
        """Hz: the last one in the first second, because a decoder may detect it late."""
        self.channels = self._last.layout.nb_channels
        """Likewise."""
        self._correct_first()
        self.scale = time_scale([TimedSound(each.time, each.seconds) for each in self._ahead])
        """The factor for the file's timestamps."""
        if self.scale != 1.0 and len(self._ahead) > 1:
            # The first packet's time has been moved by what the decoder skips, in true seconds, not in the file's.
            first, second = self._ahead[0], self._ahead[1]
            first.time = min(first.time, second.time - first.seconds / self.scale)
        self.start = self._ahead[0].time * self.scale
        """Second of the media at which the sound starts."""
        self._clock = SoundClock(self.start, steady=steady)

    def frames(self) -> Iterator[AudioFrame]:
        """Yield consecutive frames, each in the format in which it was decoded."""
        held: AudioFrame | None = None
        splice = Splice()
        while self._ahead:
            first = self._ahead[0]
            if self._clock.follow(first.time * self.scale, first.seconds):
                placement = _UNCHANGED
            else:
                self._fill(AHEAD)
                placement = self._clock.place(self._times())
            self._trim_overlaps()
            packet = self._next()
            is_plain = placement is _UNCHANGED and not packet.is_lost and not self._follows_several
            silence = 0.0 if is_plain else self._silence_in_front(packet, placement)
            if silence:
                if held is not None:
                    yield faded_out(held)
                    held = None
                yield from silent_frames(self._last, silence)
                splice.put_silence()
            if splice.is_due or packet.trimmed is not None:
                splice.join(packet)
            for number, frame in enumerate(packet.frames):
                fitted = frame
                if placement.stretch:
                    fitted = self._stretched(frame, placement.stretch, packet.frames[number + 1 :])
                if held is not None:
                    yield held
                held, self._last = fitted, frame
        if held is not None:
            yield held

    def _trim_overlaps(self) -> None:
        """Trim the end of the next packet if it lasts until after the start of those behind it."""
        first = self._ahead[0]
        if first.is_lost or not self._steady or len(self._ahead) < 2:
            return
        if (self._ahead[1].time - first.time) * self.scale > first.seconds - MIN_OVERLAP:
            return
        self._fill(AHEAD)
        for packet, seconds in zip(self._ahead, self._clock.overlaps(list(self._times())), strict=False):
            trim_overlap(packet, seconds)
            self._seconds_ahead -= seconds

    def _silence_in_front(self, packet: DecodedPacket, placement: Placement) -> float:
        """Return the seconds of silence before a packet's sound, or in its place, and record what is lost."""
        silence = placement.silence
        if silence and self._follows_several:
            duration = packet.seconds * (1 + placement.stretch)
            self.lost.append((self._clock.time - duration - silence, silence))
        self._follows_several = packet.is_several
        if packet.is_lost:
            self.lost.append((self._clock.time - packet.seconds, packet.seconds))
            silence += packet.seconds
        return silence

    def _correct_first(self) -> None:
        """Correct the sample rate of first frames that differ from later ones in the rate only.

        ffmpeg's MP3 decoder gives the first frame the rate that the file declares, and learns the true one from it.
        """
        for packet in self._ahead:
            frames = [frame for frame in packet.frames if frame.sample_rate != self.sample_rate]
            if packet.is_lost or not all(frame.samples == self._last.samples for frame in frames):
                return
            for frame in frames:
                more = frame.samples / self.sample_rate - frame.samples / frame.sample_rate
                packet.seconds += more
                self._seconds_ahead += more
                frame.sample_rate = self.sample_rate

    def _times(self) -> Iterator[TimedSound]:
        return (TimedSound(packet.time * self.scale, packet.seconds) for packet in self._ahead)

    def _next(self) -> DecodedPacket:
        packet = self._ahead.popleft()
        self._seconds_ahead -= packet.seconds
        self._whole_ahead -= not packet.is_lost
        self._fill()
        if not self._ahead and self._steady and self._padding is not None:
            declared = self._declared(packet)
            padded = (self._usual or packet.seconds) - self._padding * self.scale
            shorten(packet, declared if declared < packet.seconds else padded)
        if packet.trimmed is None:
            self._usual = packet.seconds
        return packet

    def _declared(self, packet: DecodedPacket) -> float:
        """Return the duration of a packet that the file declares; libavformat may have computed it from the samples."""
        if packet.declared is None or abs(packet.declared - packet.seconds) < _ROUNDING:
            return packet.seconds
        return packet.declared * self.scale

    def _fill(self, seconds: float = 0.0, least: int = 2) -> None:
        """Read ahead: at least so many seconds and packets, and up to one that could be decoded.

        While all is in time one packet is enough, which is still in the processor's cache when its turn comes.
        """
        while not self._ended and (
            len(self._ahead) < least or self._seconds_ahead < seconds or self._whole_ahead == 0
        ):
            packet = next(self._packets, None)
            if packet is None:
                self._ended = True
                return
            if packet.is_lost and self._ahead and self._ahead[-1].is_lost:
                # Consecutive lost packets are one gap.
                self._ahead[-1].seconds += packet.seconds
                self._ahead[-1].is_several |= packet.is_several
            else:
                self._ahead.append(packet)
            self._seconds_ahead += packet.seconds
            self._whole_ahead += not packet.is_lost

    def _stretched(self, frame: AudioFrame, part: float, following: list[AudioFrame]) -> AudioFrame:
        self._owed += frame.samples * part
        more = int(self._owed)
        if more == 0:
            return frame
        self._owed -= more
        behind = following or [each for packet in self._ahead for each in packet.frames[:1]]
        before, after = self._beside(frame, [self._last]), self._beside(frame, behind)
        return with_samples(frame, stretched(before, samples_of(frame), after, frame.samples + more))

    def _beside(self, frame: AudioFrame, others: list[AudioFrame]) -> Sound:
        alike = [other for other in others[:1] if form_of(other) == form_of(frame)]
        return samples_of(alike[0]) if alike else np.zeros((frame.layout.nb_channels, 0))
