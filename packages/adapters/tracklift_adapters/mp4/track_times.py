"""When the samples of one track are played, by the sample table and the fragments together."""

from tracklift_adapters.mp4.fragment_runs import TrackFragment
from tracklift_adapters.mp4.sample_durations import SampleDurations

LONGEST_GAP = 24 * 3600.0
"""Seconds: a jump in the times that is longer says nothing about the sound."""
_JITTER = 1.0
"""Seconds by which a fragment may begin before the end of the one before it, as writers round times."""


class TrackTimes:
    """Grows with each fragment, in their order in the file."""

    def __init__(self, timescale: int, durations: SampleDurations, samples: int) -> None:
        """Begin with what the sample table says: `samples` and their durations in units of `timescale`."""
        self.timescale = timescale
        self.durations = durations
        self.samples = samples
        self.first = 0
        """When the first sample is decoded, in units."""
        self._closed = 0
        self._start = 0
        self._end = (durations.total or 0) if samples else 0

    def add(self, fragment: TrackFragment) -> None:
        """Add the track's part of a fragment."""
        if fragment.samples == 0:
            return
        if fragment.time is not None:
            self._go_to(fragment.time)
        self.samples += fragment.samples
        self._end += fragment.durations.units
        self.durations.add_all(fragment.durations)

    @property
    def media(self) -> float | None:
        """Seconds of the samples and of the gaps between fragments; `None` where nothing can be said."""
        span = self._closed + self._end - self._start - self.durations.excess
        units = max(self.durations.total or 0, span)
        return units / self.timescale if units and self.timescale else None

    def _go_to(self, time: int) -> None:
        if self.samples == 0:
            self.first = self._start = self._end = time
            return
        earliest = max(self._start, self._end - _JITTER * self.timescale)
        if not earliest <= time <= self._end + LONGEST_GAP * self.timescale:
            # The times begin anew, as where recordings were joined.
            self._closed += self._end - self._start
            self._start = time
        self._end = time
