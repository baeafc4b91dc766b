"""Which of the decoded samples belong to an MP3."""

from tracklift_domain.extraction.failures import nothing_decoded, outside_audio, too_long
from tracklift_domain.extraction.plan import ExtractionPlan

SHORTEST_AUDIO = 0.01
"""Seconds: less than half of a layer-III frame at 48 kHz is inaudible."""
_LENGTH_TOLERANCE = 1.0
"""Seconds by which decoded audio may exceed the limit: decoders output whole frames, including priming samples."""


class SampleRange:
    """Cuts the part from the plan's start to its end out of samples that arrive block by block.

    The audio before the start is decoded as well: after a seek, a decoder would lack the context of earlier frames, and
    decoding takes only a tenth of the time that encoding takes.
    """

    def __init__(self, plan: ExtractionPlan) -> None:
        self._plan = plan
        self._rate = plan.encoding.sample_rate
        self._first = round(plan.start * self._rate)
        self._last = None if plan.end is None else round(plan.end * self._rate)
        self._limit = round((plan.longest + _LENGTH_TOLERANCE) * self._rate)
        self._position = 0
        self.taken = 0
        """How many samples of each channel have been added to the MP3 so far."""

    @property
    def expected(self) -> int:
        """How many samples per channel have to be decoded; if the file does not say, the most that are allowed."""
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
        """The fraction of the expected samples that has been processed, from 0 to 1."""
        return min(self._position / self.expected, 1.0)

    @property
    def is_complete(self) -> bool:
        """Whether none of the following samples belongs to the MP3."""
        return self._last is not None and self._position >= self._last

    def next(self, count: int) -> slice:
        """Return which of the next `count` samples belong to the MP3.

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
        """Refuse a part that is practically empty; called after all samples have been processed.

        Raises:
            ExtractionError: `corrupt_media` or `outside_audio`.
        """
        if self.taken >= SHORTEST_AUDIO * self._rate:
            return
        if self._position == 0:
            raise nothing_decoded()
        raise outside_audio(self._plan.start, self._position / self._rate)
