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
        self.samples: Counter[int] = Counter()
        """How many there are of each duration."""
        self.rare_units = 0
        """The sum of possible durations that are not kept apart."""
        self.rare_impossible = 0
        """How many have impossible durations that are not kept apart."""
        self._last: int | None = None

    def add(self, samples: int, duration: int) -> None:
        """Add samples that all last equally long."""
        if samples > 0:
            self.samples[duration] += samples
            self._last = duration
            if len(self.samples) > _MOST_DISTINCT:
                self._sum_up_rare_ones()

    def add_each(self, durations: "array[int]") -> None:
        """Add samples by the duration of each."""
        if durations:
            self.samples.update(durations)
            self._last = durations[-1]
            if len(self.samples) > _MOST_DISTINCT:
                self._sum_up_rare_ones()

    def add_all(self, other: "SampleDurations") -> None:
        """Add the samples of another part of the track, behind those that are here."""
        for duration, samples in other.samples.items():
            self.samples[duration] += samples
        self.rare_units += other.rare_units
        self.rare_impossible += other.rare_impossible
        if other.samples:
            self._last = other.last
        if len(self.samples) > _MOST_DISTINCT:
            self._sum_up_rare_ones()

    @property
    def last(self) -> int:
        """Of the sample that was added last; 0 for none."""
        return self._last or 0

    @property
    def units(self) -> int:
        """The sum of the possible durations."""
        return self.rare_units + sum(
            duration * count for duration, count in self.samples.items() if is_possible(duration)
        )

    @property
    def usual(self) -> int:
        """The most usual duration among the possible ones; 0 where there is none."""
        possible = [(count, duration) for duration, count in self.samples.items() if is_possible(duration)]
        return max(possible, key=lambda each: each[0], default=(0, 0))[1]

    @property
    def padding(self) -> int:
        """By how many units the last one is shorter than the most usual one; 0 where it is not, or impossible."""
        return max(0, self.usual - self.last) if is_possible(self.last) else 0

    @property
    def excess(self) -> int:
        """By how much the last duration is longer than it can be; 0 where it is possible."""
        usual = self.usual
        return self.last - usual if is_possible(self.last) and self.last > _LONG * usual else 0

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
        return self.units + self._impossible * usual - self.excess

    @property
    def _impossible(self) -> int:
        counts = (count for duration, count in self.samples.items() if not is_possible(duration))
        return self.rare_impossible + sum(counts)

    def _sum_up_rare_ones(self) -> None:
        common = self.samples.most_common(_MOST_DISTINCT // 10)
        rare = self.samples - Counter(dict(common))
        self.samples = Counter(dict(common))
        for duration, count in rare.items():
            if is_possible(duration):
                self.rare_units += duration * count
            else:
                self.rare_impossible += count
