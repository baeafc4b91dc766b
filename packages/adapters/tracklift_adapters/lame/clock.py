"""Where decoded sound belongs on the file's timeline.

A file gives each packet a time. The sound itself runs by the count of its samples. The two differ where a recorder
paused, lost packets, or had a clock of its own, and where the times are wrong. What is done about a difference that
lasts for `AHEAD` seconds or more, which jitter does not:

- The sound is early by more than `GAP`: silence of that length is put in front of it.
- It is early or late by more than `DRIFT`: it is resampled by at most `SLOW`, or `FAST` where it is off by more than
  `FAR`, until it is in time again. So it stays within 40 ms of the pictures, the least that ITU-R BT.1359 finds
  noticeable, wherever the times make sense.
- It is late by more than `GAP_BACK`, or early by more than `LONGEST_PAUSE`: these are no times of this recording, as
  where two recordings were joined. The rest is laid behind what there is.
- It becomes late at once, because there is less time until the next packet than this one sounds: the end of this one is
  cut off, as it is what an encoder filled it up with.

A clock that is not steady (samples that last no time at all) tells of pauses only.
"""

import math
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from tracklift_domain.extraction.timeline import LONGEST_PAUSE

AHEAD = 1.0
"""Seconds."""
GAP = 0.040
"""Seconds."""
GAP_BACK = 0.100
"""Seconds."""
DRIFT, IN_TIME = 0.020, 0.002
"""Seconds at which resampling begins and ends."""
FAR = 0.030
"""Seconds."""
LEAST_OVERLAP = 0.002
"""Seconds: times in milliseconds differ by less from what they stand for."""
_REMEMBERED = 32
"""Packets whose differences are remembered, to tell one that begins now from one that was there."""
SLOW, FAST = 0.001, 0.01
"""Of the speed: a semitone is 0.059, and a fiftieth of one is not heard."""
_LIKE_ANOTHER = 0.95, 1.05
"""Between which a clock's rate is one that drifts; beyond, its time scale is wrong."""
_LARGEST_SCALE = 5.0
"""A clock that goes slower, or faster, by more than this tells of a recorder that leaves out silence."""
_ALIKE = 0.02
_MOST_ALIKE = 0.9
"""The share of packets that have to agree on a wrong time scale: a recorder that leaves out silence does not."""
ENOUGH = 8
"""Pairs of packets that follow each other, of which fewer have to agree all; so have short files."""
_FEWEST = 3
"""Pairs, of which fewer say nothing about the time scale."""
_LONGEST_JOINT = 4
"""Packets for which there is too little time, one behind the other: the last one of a recording, and what an encoder
put in front of the next one. More of them are a clock that runs fast."""
_IN_TIME_BEFORE = 3
"""Packets that were in time, before one can be found to have too little of it."""


@dataclass(frozen=True, slots=True)
class TimedSound:
    """A packet's time in the file and how long its sound lasts, in seconds."""

    time: float
    seconds: float


@dataclass(frozen=True, slots=True)
class Placement:
    """What is done with a packet's sound."""

    silence: float = 0.0
    """Seconds of silence in front of it."""
    stretch: float = 0.0
    """The part by which it is made longer, or shorter if negative."""


def time_scale(ahead: Sequence[TimedSound]) -> float:
    """Give what the file's times are to be multiplied with, judged by packets that follow each other: 1 as a rule."""
    ratios = sorted(
        sound.seconds / (after.time - sound.time)
        for sound, after in pairwise(ahead)
        if sound.seconds > 0 and after.time > sound.time
    )
    pairs = len(ahead) - 1
    if len(ratios) < max(_FEWEST, _MOST_ALIKE * pairs):
        return 1.0
    usual = ratios[len(ratios) // 2]
    alike = sum(abs(ratio / usual - 1) < _ALIKE for ratio in ratios)
    if pairs < ENOUGH and alike < pairs:
        return 1.0
    low, high = _LIKE_ANOTHER
    believed = low < usual < high or not 1 / _LARGEST_SCALE < usual < _LARGEST_SCALE
    return 1.0 if believed or alike < _MOST_ALIKE * len(ratios) else usual


def _overlaps(sound: TimedSound, after: TimedSound) -> bool:
    """Tell whether a packet sounds longer than there is time until the one behind it."""
    return after.time - sound.time < sound.seconds - LEAST_OVERLAP


class SoundClock:
    """Places sound, packet by packet."""

    def __init__(self, start: float, *, steady: bool) -> None:
        """Begin at the second of the file at which the sound does."""
        self._steady = steady
        self._late, self._early = (-DRIFT, DRIFT) if steady else (-math.inf, GAP_BACK)
        self._shift = 0.0
        self._resampling = False
        self._differences: deque[float] = deque(maxlen=_REMEMBERED)
        self.time = start
        """Second of the file at which the sound that is placed so far ends."""

    def follow(self, time: float, seconds: float) -> bool:
        """Place a packet that is in time, as nearly all are; tell whether it is one, and else do nothing."""
        difference = time + self._shift - self.time
        if self._resampling or not self._late < difference < self._early:
            return False
        self._differences.append(difference)
        self.time += seconds
        return True

    def place(self, ahead: Iterable[TimedSound]) -> Placement:
        """Place the first of the packets that come next; the others tell whether a difference lasts."""
        early, seconds = self._lasting_difference(iter(ahead))
        silence = 0.0
        if early > LONGEST_PAUSE or (self._steady and early < -GAP_BACK):
            self._shift -= early
            early = 0.0
        elif early > (GAP if self._steady else GAP_BACK):
            silence, early = early, 0.0
        stretch = self._stretch(early) if self._steady else 0.0
        self.time += silence + seconds * (1 + stretch)
        return Placement(silence, stretch)

    def overlaps(self, placed: Sequence[TimedSound]) -> list[float]:
        """Give how many seconds are to be cut off packets, and take back those of the first, which was placed last.

        Several packets may follow each other for which there is too little time: what is in front is kept.

        Args:
            placed: That packet, and those behind it.
        """
        behind = 1
        while behind < len(placed) - 1 and _overlaps(placed[behind], placed[behind + 1]):
            behind += 1
        is_anew = placed[behind].time <= placed[0].time
        if is_anew or behind > _LONGEST_JOINT or len(self._differences) < _IN_TIME_BEFORE:
            return []
        position = self.time + sum(sound.seconds for sound in placed[1:behind])
        lasting = -math.inf
        for sound in placed[behind:]:
            lasting = max(lasting, sound.time + self._shift - position)
            position += sound.seconds
        late = min([0.0, *self._differences]) - lasting
        if late < LEAST_OVERLAP:
            return []
        found: list[float] = []
        for sound in reversed(placed[:behind]):
            found.insert(0, min(late, sound.seconds))
            late -= found[0]
        self.time -= found[0]
        return found

    def _lasting_difference(self, ahead: Iterator[TimedSound]) -> tuple[float, float]:
        """Give the seconds by which the sound is early, or late if negative, and how long the first packet lasts.

        It is the difference of the packet that is nearest to being in time.
        """
        first = next(ahead)
        lasting = first.time + self._shift - self.time
        nearest = min if lasting > 0 else max
        position = self.time + first.seconds
        for sound in ahead:
            lasting = nearest(lasting, sound.time + self._shift - position)
            position += sound.seconds
        # Where the sign changes, it comes back by itself.
        return (max(0.0, lasting) if nearest is min else min(0.0, lasting)), first.seconds

    def _stretch(self, early: float) -> float:
        off = abs(early)
        self._resampling = off > (IN_TIME if self._resampling else DRIFT)
        if not self._resampling:
            return 0.0
        speed = FAST if off > FAR else SLOW
        return speed if early > 0 else -speed
