"""How long samples last, as far as a file's times can be believed.

Recorders write durations of zero, negative ones (32 bits, read as signed), or a last one that reaches to the end of the
pictures. None of them says anything about the sound, so that an estimate replaces them by the most usual duration.
"""

from array import array
from collections import Counter

_NEGATIVE = 2**31
_MOST_DISTINCT = 10_000
"""Different durations that are kept apart; of more, the rare ones are only summed up."""
_LONG = 2
"""The last sample's duration is replaced when it is more than so many times the most usual one."""


def is_possible(duration: int) -> bool:
    """Tell whether a sample can last so many units."""
    return 0 < duration < _NEGATIVE


class SampleDurations:
    """Durations of the samples of one track, in units of its time scale."""

    def __init__(self) -> None:
        self._samples: Counter[int] = Counter()
        self._rare_units = 0
        self._rare_impossible = 0
        self._last: int | None = None

    def add(self, samples: int, duration: int) -> None:
        """Add samples that all last equally long."""
        if samples > 0:
            self._samples[duration] += samples
            self._last = duration
            if len(self._samples) > _MOST_DISTINCT:
                self._sum_up_rare_ones()

    def add_each(self, durations: "array[int]") -> None:
        """Add samples by the duration of each."""
        if durations:
            self._samples.update(durations)
            self._last = durations[-1]
            if len(self._samples) > _MOST_DISTINCT:
                self._sum_up_rare_ones()

    @property
    def last(self) -> int:
        """Of the sample that was added last; 0 for none."""
        return self._last or 0

    @property
    def usual(self) -> int:
        """The most usual duration among the possible ones; 0 where there is none."""
        possible = [(count, duration) for duration, count in self._samples.items() if is_possible(duration)]
        return max(possible, key=lambda each: each[0], default=(0, 0))[1]

    @property
    def is_steady(self) -> bool:
        """Whether every sample has a possible duration, the last one aside."""
        last_is_impossible = self._last is not None and not is_possible(self._last)
        return self._impossible == int(last_is_impossible)

    @property
    def total(self) -> int | None:
        """All samples together, impossible durations replaced; `None` where no duration is possible."""
        usual = self.usual
        if usual == 0:
            return None
        units = self._rare_units + self._impossible * usual
        units += sum(duration * count for duration, count in self._samples.items() if is_possible(duration))
        if is_possible(self.last) and self.last > _LONG * usual:
            units += usual - self.last
        return units

    @property
    def _impossible(self) -> int:
        counts = (count for duration, count in self._samples.items() if not is_possible(duration))
        return self._rare_impossible + sum(counts)

    def _sum_up_rare_ones(self) -> None:
        common = self._samples.most_common(_MOST_DISTINCT // 10)
        rare = self._samples - Counter(dict(common))
        self._samples = Counter(dict(common))
        for duration, count in rare.items():
            if is_possible(duration):
                self._rare_units += duration * count
            else:
                self._rare_impossible += count
