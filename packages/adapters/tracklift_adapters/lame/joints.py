"""Packets that sound longer than there is time until the next one, as where recordings were joined without encoding.

The last packet of a recording is filled up to a whole one, and the next recording begins where the sound of the first
one ends. So the filling is cut off. If it were played, everything behind it would be late, more so at each joint.
"""

import numpy as np
from av.audio.frame import AudioFrame

from tracklift_adapters.lame.decoding import DecodedPacket
from tracklift_adapters.lame.resampler import form_of
from tracklift_adapters.lame.silence import FADE, faded_in, samples_of, shortened, with_samples


def shorten(packet: DecodedPacket, seconds: float) -> AudioFrame | None:
    """Cut off what lies behind so many seconds of a packet, and give the first frame of that, if there is one."""
    left = seconds
    for number, frame in enumerate(packet.frames):
        count = max(0, round(left * frame.sample_rate))
        if count < frame.samples:
            packet.frames[number:] = [shortened(frame, count)] if count else packet.frames[:0]
            return with_samples(frame, samples_of(frame)[:, count:])
        left -= frame.samples / frame.sample_rate
    return None


def cut_overlap(packet: DecodedPacket, seconds: float) -> None:
    """Cut so many seconds off a packet's end, and keep the beginning of them for a fade."""
    packet.seconds -= seconds
    packet.cut_off = shorten(packet, packet.seconds)


class Seam:
    """Where the next packet begins: behind silence, or behind a packet that was cut off, it is faded in."""

    def __init__(self) -> None:
        self._follows_silence = False
        self._cut_off: AudioFrame | None = None

    def put_silence(self) -> None:
        """Note that there is silence now."""
        self._follows_silence, self._cut_off = True, None

    def join(self, packet: DecodedPacket) -> None:
        """Put a packet behind what there is."""
        if not packet.frames:
            self._cut_off = self._cut_off or packet.cut_off
            return
        if self._follows_silence:
            packet.frames[0] = faded_in(packet.frames[0])
        elif self._cut_off is not None:
            packet.frames[0] = _faded_over(self._cut_off, packet.frames[0])
        self._follows_silence, self._cut_off = False, packet.cut_off


def _faded_over(cut_off: AudioFrame, frame: AudioFrame) -> AudioFrame:
    """Let a frame's sound rise out of what was cut off in front of it."""
    if form_of(cut_off) != form_of(frame):
        return faded_in(frame)
    samples, before = samples_of(frame), samples_of(cut_off)
    count = min(samples.shape[1], before.shape[1], max(1, round(FADE * frame.sample_rate)))
    rising = (np.arange(count) + 0.5) / count
    samples[:, :count] = samples[:, :count] * rising + before[:, :count] * (1 - rising)
    return with_samples(frame, samples)
