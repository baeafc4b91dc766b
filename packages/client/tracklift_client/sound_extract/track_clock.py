"""When a track's samples begin in a file of fragments, and up to when they last.

The server plays sound that begins later than the pictures in front of silence if it is asked to, and tells a recording
that broke off by what the index announces. Both are relative to all tracks, also those that an extract leaves out.
"""

from tracklift_client.sound_extract.track import Track


class TrackClock:
    """Grows with each fragment of a track, in their order in the file."""

    def __init__(self, track: Track, movie_timescale: int, *, has_samples: bool) -> None:
        """Begin with the index: whether it names samples of the track itself."""
        self._timescale = track.timescale
        self._start = track.start if track.timescale and movie_timescale else None
        self.has_samples = has_samples
        self.first = 0
        """The time of the first sample, in units of the track's time scale."""
        self._end = 0
        self._longest = 0

    def add(self, time: int | None, samples: int, duration: int) -> None:
        """Add a fragment: when it begins, how many samples it has, and the sum of their durations."""
        if samples == 0:
            return
        if time is not None:
            self._end = time
            if not self.has_samples:
                self.first = time
        self.has_samples = True
        self._end += duration
        self._longest = max(self._longest, self._end - self.first)

    @property
    def origin(self) -> float:
        """When the first sample is played, in seconds, by floating-point operations that the server does too."""
        if self._timescale == 0:
            return 0.0
        first = self.first / self._timescale
        start = (self._start or 0) / self._timescale
        return 0.0 if start > first else first - start

    @property
    def longest(self) -> float:
        """Seconds from the first sample to the last."""
        return self._longest / self._timescale if self._timescale else 0.0
