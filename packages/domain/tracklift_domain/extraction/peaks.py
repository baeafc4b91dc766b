"""The peaks of an MP3: how loud it is along its time, for pictures of its waveform."""

from collections.abc import Callable

MOST_PEAKS = 2000
"""More than a waveform on a screen has bars, and little beside the rest that is kept of a conversion."""
FULL_SCALE = 255
_FIRST_LENGTH = 32
"""Samples of a peak at the beginning: with it, two thirds of a second have a thousand of them."""


class PeakMeter:
    """Finds the peaks of sound that comes block by block, without knowing how long it will be.

    Each peak is the largest amplitude of equally many samples, but for the last, which may be one of fewer. Whenever
    there would be more than `MOST_PEAKS`, each two neighbours become one. So an MP3 of a second or more has a thousand
    to two thousand, however long it is, and the cost for each sample falls as it gets longer.
    """

    def __init__(self) -> None:
        self._amplitudes: list[float] = []
        self._length = _FIRST_LENGTH
        self._in_last = self._length
        """Samples that the last peak has got."""

    def add(self, count: int, amplitude: Callable[[int, int], float]) -> None:
        """Take the next `count` samples. `amplitude(start, end)` gives the largest amplitude of a part of them."""
        start = 0
        while start < count:
            if self._in_last == self._length:
                self._begin_peak()
            end = min(count, start + self._length - self._in_last)
            self._amplitudes[-1] = max(self._amplitudes[-1], amplitude(start, end))
            self._in_last += end - start
            start = end

    def peaks(self, *, gain: float = 1.0, full_scale: float = 1.0) -> bytes:
        """Give the peaks, one byte each: from 0 for silence, in proportion, to `FULL_SCALE`.

        Args:
            gain: The factor for all samples between this meter and the MP3.
            full_scale: The amplitude that the encoder takes for the largest.
        """
        return bytes(_scaled(each * gain / full_scale) for each in self._amplitudes)

    def _begin_peak(self) -> None:
        if len(self._amplitudes) == MOST_PEAKS:
            pairs = zip(self._amplitudes[::2], self._amplitudes[1::2], strict=True)
            self._amplitudes = [max(pair) for pair in pairs]
            self._length *= 2
        self._amplitudes.append(0.0)
        self._in_last = 0


def _scaled(level: float) -> int:
    # What is not below full scale is clipped; so is a sample that is no number at all.
    return round(level * FULL_SCALE) if level < 1 else FULL_SCALE
