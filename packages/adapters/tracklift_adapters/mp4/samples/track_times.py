"""When the samples of one track are played, by the sample table and the fragments together."""

from tracklift_adapters.mp4.samples.fragment_runs import TrackFragment
from tracklift_adapters.mp4.samples.sample_durations import SampleDurations
from tracklift_domain.extraction.timeline import LONGEST_PAUSE

_JITTER = 1.0
"""Seconds by which a fragment may begin before the end of the one before it, as writers round times."""


class TrackTimes:
    """Grows with each fragment, in their order in the file."""

    def __init__(self, timescale: int, durations: SampleDurations, samples: int) -> None:
        """Begin with what the sample table says: `samples` and their durations in units of `timescale`."""
        self.timescale = timescale
        self._longest_pause = round(LONGEST_PAUSE * timescale)
        self.durations = durations
        self.samples = samples
        self.first = 0
        """When the first sample is decoded, in units."""
        self._closed = 0
        self._start = 0
        self._end = (durations.total(self._longest_pause) or 0) if samples else 0
        self._told_end = durations.told if samples else 0
        self._told = self._told_end

    def add(self, fragment: TrackFragment) -> None:
        """Add the track's part of a fragment."""
        if fragment.samples == 0:
            return
        if fragment.time is not None:
            self._go_to(fragment.time)
        self.samples += fragment.samples
        self.durations.add_all(fragment.durations)
        self._end += fragment.durations.believed(self.durations.usual, self._longest_pause)
        self._told_end += fragment.durations.told
        self._told = max(self._told, self._told_end - self.first)

    @property
    def media(self) -> float | None:
        """Seconds of the samples and of the gaps between fragments; `None` where nothing can be said."""
        span = self._closed + self._end - self._start - self.durations.excess(self._longest_pause)
        units = max(self.durations.total(self._longest_pause) or 0, span)
        return units / self.timescale if units and self.timescale else None

    @property
    def told(self) -> float:
        """Seconds from the first sample to the last by the file's own times, whether they can be true or not."""
        return self._told / self.timescale if self.timescale else 0.0

    def seconds_of(self, fragment: TrackFragment) -> float:
        """Tell how long a fragment lasts that was not added."""
        usual = self.durations.usual
        units = fragment.durations.believed(usual, self._longest_pause) or fragment.samples * usual
        return units / self.timescale if self.timescale else 0.0

    def _go_to(self, time: int) -> None:
        self._told_end = time
        if self.samples == 0:
            self.first = self._start = self._end = time
            return
        earliest = max(self._start, self._end - _JITTER * self.timescale)
        if not earliest <= time <= self._end + self._longest_pause:
            # The times begin anew, as where recordings were joined.
            self._closed += self._end - self._start
            self._start = time
        self._end = time
