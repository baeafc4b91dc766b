"""How long samples last, as far as a file's times can be believed.

Recorders write durations of zero, negative ones (32 bits, read as signed), one of many hours, or a last one that
reaches to the end of the pictures. None of them says anything about the sound, so that an estimate replaces them by the
most usual duration.
"""

from array import array
from collections import Counter
from collections.abc import Iterable, Iterator

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
        self.rare: dict[int, tuple[int, int]] = {}
        """Of possible durations that are not kept apart, how many there are and their sum, by their number of bits."""
        self.rare_impossible = 0
        """How many have impossible durations that are not kept apart."""
        self.usual = 0
        """The most usual duration among the possible ones; 0 where there is none."""
        self._last: int | None = None

    def add(self, samples: int, duration: int) -> None:
        """Add samples that all last equally long."""
        if samples > 0:
            self.samples[duration] += samples
            self._last = duration
            self._compare([duration])

    def add_each(self, durations: "array[int]") -> None:
        """Add samples by the duration of each."""
        if durations:
            self.samples.update(durations)
            self._last = durations[-1]
            self._compare(set(durations))

    def add_all(self, other: "SampleDurations") -> None:
        """Add the samples of another part of the track, behind those that are here."""
        for duration, samples in other.samples.items():
            self.samples[duration] += samples
        for bits, (count, units) in other.rare.items():
            self._add_rare(bits, count, units)
        self.rare_impossible += other.rare_impossible
        if other.samples:
            self._last = other.last
        self._compare(other.samples)

    @property
    def last(self) -> int:
        """Of the sample that was added last; 0 for none."""
        return self._last or 0

    @property
    def told(self) -> int:
        """The sum of the possible durations, however long they are."""
        return sum(units for _, units in self._possible())

    def believed(self, usual: int, longest_pause: int) -> int:
        """Give the sum of the possible durations; one that exceeds `usual` by more than a pause counts as that."""
        longest = usual + longest_pause
        return sum(units if units <= longest * count else usual * count for count, units in self._possible())

    @property
    def padding(self) -> int | None:
        """By how many units the last one is shorter than the most usual one; `None` if its duration is impossible."""
        return max(0, self.usual - self.last) if is_possible(self.last) else None

    def excess(self, longest_pause: int) -> int:
        """Give by how much the last duration, as far as it is believed, is longer than it can be."""
        longest = self.usual + longest_pause
        is_believed = is_possible(self.last) and self.last <= longest
        return self.last - self.usual if is_believed and self.last > _LONG * self.usual else 0

    @property
    def is_steady(self) -> bool:
        """Whether every sample has a possible duration, the last one aside."""
        last_is_impossible = self._last is not None and not is_possible(self._last)
        return self._impossible == int(last_is_impossible)

    def total(self, longest_pause: int) -> int | None:
        """Give the duration of all samples together, impossible ones replaced; `None` where none is possible.

        Args:
            longest_pause: Units by which a duration may exceed the usual one.
        """
        usual = self.usual
        if usual == 0:
            return None
        believed = self.believed(usual, longest_pause)
        return believed + self._impossible * usual - self.excess(longest_pause)

    @property
    def _impossible(self) -> int:
        counts = (count for duration, count in self.samples.items() if not is_possible(duration))
        return self.rare_impossible + sum(counts)

    def _compare(self, changed: Iterable[int]) -> None:
        """Find the most usual duration again, after there are more samples of some."""
        most = self.samples[self.usual] if self.usual else 0
        for duration in changed:
            if is_possible(duration) and self.samples[duration] > most:
                self.usual, most = duration, self.samples[duration]
        if len(self.samples) > _MOST_DISTINCT:
            self._sum_up_rare_ones()

    def _possible(self) -> Iterator[tuple[int, int]]:
        """Give how many samples have a duration, and their sum in units."""
        for duration, count in self.samples.items():
            if is_possible(duration):
                yield count, duration * count
        yield from self.rare.values()

    def _add_rare(self, bits: int, count: int, units: int) -> None:
        known_count, known_units = self.rare.get(bits, (0, 0))
        self.rare[bits] = known_count + count, known_units + units

    def _sum_up_rare_ones(self) -> None:
        common = self.samples.most_common(_MOST_DISTINCT // 10)
        rare = self.samples - Counter(dict(common))
        self.samples = Counter(dict(common))
        for duration, count in rare.items():
            if is_possible(duration):
                self._add_rare(duration.bit_length(), count, duration * count)
            else:
                self.rare_impossible += count
