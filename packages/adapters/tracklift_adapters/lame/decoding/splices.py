"""Packets that last longer than the time until the next one, as where recordings were spliced without re-encoding.

The last packet of a recording is padded to a whole one, and the next recording begins where the audio of the previous
one ends. So the padding is trimmed. If it were played, everything after it would be late, by more with each splice.
"""

import numpy as np
from av.audio.frame import AudioFrame

from tracklift_adapters.lame.decoding.decode_packets import DecodedPacket
from tracklift_adapters.lame.decoding.resampler import form_of
from tracklift_adapters.lame.decoding.silence import FADE, faded_in, samples_of, shortened, with_samples


def shorten(packet: DecodedPacket, seconds: float) -> AudioFrame | None:
    """Trim a packet to so many seconds, and return the first frame of what is trimmed, if there is one."""
    left = seconds
    for number, frame in enumerate(packet.frames):
        count = max(0, round(left * frame.sample_rate))
        if count < frame.samples:
            packet.frames[number:] = [shortened(frame, count)] if count else packet.frames[:0]
            return with_samples(frame, samples_of(frame)[:, count:])
        left -= frame.samples / frame.sample_rate
    return None


def trim_overlap(packet: DecodedPacket, seconds: float) -> None:
    """Trim so many seconds from a packet's end, and keep the beginning of them for a crossfade."""
    packet.seconds -= seconds
    packet.trimmed = shorten(packet, packet.seconds)


class Splice:
    """Where the next packet begins: it is faded in after silence, and crossfaded after a packet that was trimmed."""

    def __init__(self) -> None:
        self._follows_silence = False
        self._trimmed: AudioFrame | None = None

    @property
    def is_due(self) -> bool:
        """Whether the next packet has to be faded."""
        return self._follows_silence or self._trimmed is not None

    def put_silence(self) -> None:
        """Record that the next packet follows silence."""
        self._follows_silence, self._trimmed = True, None

    def join(self, packet: DecodedPacket) -> None:
        """Fade the beginning of the next packet as needed."""
        if not packet.frames:
            self._trimmed = self._trimmed or packet.trimmed
            return
        if self._follows_silence:
            packet.frames[0] = faded_in(packet.frames[0])
        elif self._trimmed is not None:
            packet.frames[0] = _crossfaded(self._trimmed, packet.frames[0])
        self._follows_silence, self._trimmed = False, packet.trimmed


def _crossfaded(trimmed: AudioFrame, frame: AudioFrame) -> AudioFrame:
    """Crossfade from what was trimmed to the frame that takes its place."""
    if form_of(trimmed) != form_of(frame):
        return faded_in(frame)
    samples, before = samples_of(frame), samples_of(trimmed)
    count = min(samples.shape[1], before.shape[1], max(1, round(FADE * frame.sample_rate)))
    rising = (np.arange(count) + 0.5) / count
    samples[:, :count] = samples[:, :count] * rising + before[:, :count] * (1 - rising)
    return with_samples(frame, samples)
