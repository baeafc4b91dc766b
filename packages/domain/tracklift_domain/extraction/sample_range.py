"""Which of the decoded samples an MP3 is made of."""

from tracklift_domain.extraction.failures import nothing_decoded, outside_audio, too_long
from tracklift_domain.extraction.plan import ExtractionPlan

SHORTEST_AUDIO = 0.01
"""Seconds: less than half of one layer-III frame at 48 kHz is nothing that could be heard."""
_LENGTH_TOLERANCE = 1.0
"""Seconds by which decoded audio may exceed the limit: decoders put out whole frames, priming included."""


class SampleRange:
    """Takes the part from the plan's start to its end out of samples that come block by block.

    The audio before the start is decoded as well: seeking would begin in the middle of what a decoder has to know, and
    decoding takes a tenth of the time that encoding takes.
    """

    def __init__(self, plan: ExtractionPlan) -> None:
        self._plan = plan
        self._rate = plan.encoding.sample_rate
        self._first = round(plan.start * self._rate)
        self._last = None if plan.end is None else round(plan.end * self._rate)
        self._limit = round((plan.longest + _LENGTH_TOLERANCE) * self._rate)
        self._position = 0
        self.taken = 0
        """Samples of each channel that belong to the MP3 so far."""

    @property
    def expected(self) -> int:
        """How many samples of each channel there are to decode; where the file does not say, the most there may be."""
        expected = self._plan.expected_duration
        if expected is None:
            expected = self._plan.longest - self._plan.start
        return max(1, self._first + round(expected * self._rate))

    @property
    def expected_taken(self) -> int:
        """How many of the expected ones belong to the MP3."""
        return max(1, self.expected - self._first)

    @property
    def fraction(self) -> float:
        """How much of the expected samples came by, from 0 to 1."""
        return min(self._position / self.expected, 1.0)

    @property
    def is_complete(self) -> bool:
        """Whether nothing that may still come belongs to it."""
        return self._last is not None and self._position >= self._last

    def next(self, count: int) -> slice:
        """Tell which of the next `count` samples belong to it.

        Raises:
            ExtractionError: `too_long`.
        """
        begin = min(max(self._first - self._position, 0), count)
        end = count if self._last is None else max(begin, min(self._last - self._position, count))
        self.taken += end - begin
        self._position += count
        if self._position > self._limit:
            raise too_long(self._plan.longest)
        return slice(begin, end)

    def require_audio(self) -> None:
        """Refuse a part in which next to nothing is, once all samples came by.

        Raises:
            ExtractionError: `corrupt_media` or `outside_audio`.
        """
        if self.taken >= SHORTEST_AUDIO * self._rate:
            return
        if self._position == 0:
            raise nothing_decoded()
        raise outside_audio(self._plan.start, self._position / self._rate)
