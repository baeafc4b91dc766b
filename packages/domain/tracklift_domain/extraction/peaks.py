"""The peaks of an MP3: its amplitude over time, for drawing its waveform."""

from collections.abc import Callable

MOST_PEAKS = 2000
"""More than the number of bars in a waveform on a screen, and small compared with the rest of a conversion's record."""
FULL_SCALE = 255
_FIRST_LENGTH = 32
"""Samples per peak at the beginning: with this, two thirds of a second have a thousand peaks."""


class PeakMeter:
    """Finds the peaks of sound that arrives block by block, without knowing how long it will be.

    Each peak is the largest amplitude of the same number of samples, except that the last may cover fewer. Whenever
    there would be more than `MOST_PEAKS`, each pair of neighbours is merged into one. So an MP3 of a second or more has
    a thousand to two thousand peaks, however long it is, and the cost per sample falls as it gets longer.
    """

    def __init__(self) -> None:
        self._amplitudes: list[float] = []
        self._length = _FIRST_LENGTH
        self._in_last = self._length
        """How many samples the last peak covers so far."""

    def add(self, count: int, amplitude: Callable[[int, int], float]) -> None:
        """Add the next `count` samples. `amplitude(start, end)` returns the largest amplitude in a part of them."""
        start = 0
        while start < count:
            if self._in_last == self._length:
                self._begin_peak()
            end = min(count, start + self._length - self._in_last)
            self._amplitudes[-1] = max(self._amplitudes[-1], amplitude(start, end))
            self._in_last += end - start
            start = end

    def peaks(self, *, gain: float = 1.0, full_scale: float = 1.0) -> bytes:
        """Return the peaks, one byte each, on a linear scale from 0 for silence to `FULL_SCALE`.

        Args:
            gain: The factor applied to all samples between this meter and the MP3.
            full_scale: The amplitude that the encoder treats as the maximum.
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
    # Levels at or above full scale are clipped, and so is NaN.
    return round(level * FULL_SCALE) if level < 1 else FULL_SCALE
