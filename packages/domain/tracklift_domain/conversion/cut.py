"""Which of the decoded samples an MP3 is made of."""

from tracklift_domain.conversion.errors import ExtractionError
from tracklift_domain.conversion.extraction_failures import nothing_decoded
from tracklift_domain.conversion.video import SHORTEST_AUDIO, ExtractionPlan, outside_audio, too_long

_LENGTH_TOLERANCE = 1.0
"""Seconds by which decoded audio may exceed the limit: decoders put out whole frames, priming included."""
_PADDING = 0.046
"""Seconds that decoders put out behind the declared end: up to a frame of 2,048 samples, HE-AAC's, at 44.1 kHz."""


class Cut:
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
        declared = self._plan.track_traits.duration
        whole = round((self._plan.longest if declared is None else declared) * self._rate)
        return max(1, whole if self._last is None else min(whole, self._last))

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

    @property
    def heard(self) -> int:
        """How many of the taken ones are to be heard: without the padding of the last frame, which is no audio."""
        declared = self._plan.track_traits.duration
        if declared is None or self._last is not None:
            return self.taken
        length = round(declared * self._rate) - self._first
        return length if length <= self.taken <= length + _PADDING * self._rate else self.taken

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
        if self.taken < SHORTEST_AUDIO * self._rate:
            raise self._too_little()

    def _too_little(self) -> ExtractionError:
        declared = self._plan.track_traits.duration
        if self._position == 0 or (declared is not None and declared - self._plan.start >= SHORTEST_AUDIO):
            return nothing_decoded()
        return outside_audio(self._plan.start, self._position / self._rate)
