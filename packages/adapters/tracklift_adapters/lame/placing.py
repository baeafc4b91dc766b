"""Laying decoded sound on the file's timeline: silence where there is none, and drifts evened out."""

from collections import deque
from collections.abc import Iterator

import numpy as np
from av.audio.frame import AudioFrame

from tracklift_adapters.lame.clock import (
    AHEAD,
    ENOUGH,
    LEAST_OVERLAP,
    Placement,
    SoundClock,
    TimedSound,
    time_scale,
)
from tracklift_adapters.lame.decoding import DecodedPacket
from tracklift_adapters.lame.joints import Seam, cut_overlap, shorten
from tracklift_adapters.lame.resampler import form_of
from tracklift_adapters.lame.silence import (
    faded_out,
    samples_of,
    silent_frames,
    with_samples,
)
from tracklift_adapters.lame.stretching import Sound, stretched
from tracklift_domain.extraction.failures import nothing_decoded

_AS_IT_IS = Placement()
_SAME = 1e-6
"""Seconds."""


class PlacedSound:
    """The sound of a track from its first frame on, without gaps.

    Raises:
        ExtractionError: `corrupt_media`, when there is none.
    """

    def __init__(self, packets: Iterator[DecodedPacket], *, steady: bool, padding: float) -> None:
        """Decode the first second.

        Args:
            packets: The track's, in their order.
            steady: Whether the file's times tell of drifts and of how much of the last packet is sound.
            padding: Seconds by which the last packet's sound is shorter than that of others, where its own duration
                does not say it.
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
        """Second of the media, and duration in seconds, of what could not be decoded so far."""
        self._fill(ENOUGH + 1)
        frames = [frame for packet in self._ahead for frame in packet.frames]
        if not frames:
            raise nothing_decoded()
        self._last = frames[-1]
        self.sample_rate = self._last.sample_rate
        """Hz: the last within the first second, as a decoder may learn it late."""
        self.channels = self._last.layout.nb_channels
        """Likewise."""
        self._correct_first()
        self.scale = time_scale([TimedSound(each.time, each.seconds) for each in self._ahead])
        """What the file's times are multiplied with."""
        if self.scale != 1.0 and len(self._ahead) > 1:
            # By as much as a decoder leaves out of it, the first time is later, and true already.
            first, second = self._ahead[0], self._ahead[1]
            first.time = min(first.time, second.time - first.seconds / self.scale)
        self.start = self._ahead[0].time * self.scale
        """Second of the media at which the sound begins."""
        self._clock = SoundClock(self.start, steady=steady)

    def frames(self) -> Iterator[AudioFrame]:
        """Give the frames one behind the other, each of the form that the decoder gave it."""
        held: AudioFrame | None = None
        seam = Seam()
        while self._ahead:
            first = self._ahead[0]
            in_time = self._clock.follow(first.time * self.scale, first.seconds)
            placement = _AS_IT_IS if in_time else self._clock.place(self._times())
            self._cut_overlaps()
            packet = self._next()
            silence = self._silence_in_front(packet, placement)
            if silence:
                if held is not None:
                    yield faded_out(held)
                    held = None
                yield from silent_frames(self._last, silence)
                seam.put_silence()
            seam.join(packet)
            for number, frame in enumerate(packet.frames):
                fitted = frame
                if placement.stretch:
                    fitted = self._stretched(frame, placement.stretch, packet.frames[number + 1 :])
                if held is not None:
                    yield held
                held, self._last = fitted, frame
        if held is not None:
            yield held

    def _cut_overlaps(self) -> None:
        """Cut off the end of the packet that comes next, where those behind it leave no time for it."""
        first = self._ahead[0]
        if first.is_lost or not self._steady or len(self._ahead) < 2:
            return
        if (self._ahead[1].time - first.time) * self.scale > first.seconds - LEAST_OVERLAP:
            return
        for packet, seconds in zip(self._ahead, self._clock.overlaps(list(self._times())), strict=False):
            cut_overlap(packet, seconds)
            self._seconds_ahead -= seconds

    def _silence_in_front(self, packet: DecodedPacket, placement: Placement) -> float:
        """Give the seconds of silence in front of a packet's sound, or in its place, and note what is lost."""
        silence = placement.silence
        if silence and self._follows_several:
            sounding = packet.seconds * (1 + placement.stretch)
            self.lost.append((self._clock.time - sounding - silence, silence))
        self._follows_several = packet.is_several
        if packet.is_lost:
            self.lost.append((self._clock.time - packet.seconds, packet.seconds))
            silence += packet.seconds
        return silence

    def _correct_first(self) -> None:
        """Give the rate of those that follow to first frames that have another one and as many samples.

        ffmpeg's decoder of MP3 gives the first frame the rate that the file names, and reads the true one in it.
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
        if not self._ahead and self._steady:
            declared = self._declared(packet)
            padded = (self._usual or packet.seconds) - self._padding * self.scale
            shorten(packet, declared if declared < packet.seconds else padded)
        if packet.cut_off is None:
            self._usual = packet.seconds
        return packet

    def _declared(self, packet: DecodedPacket) -> float:
        """Give how long the file says that a packet lasts; what is as long as its sound was counted by libavformat."""
        if packet.declared is None or abs(packet.declared - packet.seconds) < _SAME:
            return packet.seconds
        return packet.declared * self.scale

    def _fill(self, least: int = 1) -> None:
        """Look ahead, at so many packets at least, and up to one that could be decoded."""
        while not self._ended and (
            self._seconds_ahead < AHEAD or self._whole_ahead == 0 or len(self._ahead) < least
        ):
            packet = next(self._packets, None)
            if packet is None:
                self._ended = True
                return
            if packet.is_lost and self._ahead and self._ahead[-1].is_lost:
                # However many follow each other, they are one piece of silence.
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
