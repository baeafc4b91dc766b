"""Where decoded sound is placed on the file's timeline.

A file has a timestamp for each packet, while the sound's own time is the count of its samples. They differ where the
recorder paused, lost packets or had a clock of its own, and where timestamps are wrong. A difference that lasts for at
least `AHEAD` seconds, which jitter does not, is handled as follows:

- The sound is early by more than `GAP`: silence of that length is inserted in front of it.
- It is early or late by more than `DRIFT`: it is resampled by at most `SLOW`, or by `FAST` if it is off by more than
  `FAR`, until it is in time again. So it stays within 40 ms of the pictures, the smallest offset that is noticeable
  according to ITU-R BT.1359, wherever the timestamps make sense.
- It is late by more than `GAP_BACK`, or early by more than `LONGEST_PAUSE`: the timestamps belong to another recording,
  as where two recordings were concatenated. The rest is appended without a gap.
- It becomes late at once, because a packet lasts longer than the time until the next one: the end of that packet is
  trimmed, because it is an encoder's padding.

A clock that is not steady (samples that have no duration) is used for pauses only.
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
"""Seconds at which resampling starts and ends."""
FAR = 0.030
"""Seconds."""
MIN_OVERLAP = 0.002
"""Seconds: the rounding error of timestamps in milliseconds is smaller."""
_REMEMBERED = 32
"""Packets whose differences are remembered, to tell a new difference from an existing one."""
SLOW, FAST = 0.001, 0.01
"""Fractions of the speed. A semitone is 0.059; a fiftieth of one is inaudible."""
_DRIFTING = 0.95, 1.05
"""Rates of a clock that drifts. Beyond them, the file's time scale is wrong."""
_MAX_SCALE = 5.0
"""A larger factor means that the recorder leaves out silence, not that the time scale is wrong."""
_TOLERANCE = 0.02
_AGREEING = 0.9
"""The fraction of packets that have to agree on a wrong time scale: a recorder that leaves out silence varies more."""
ENOUGH = 8
"""Pairs of consecutive packets. If there are fewer, as in short files, all of them have to agree."""
_MIN_PAIRS = 3
"""Pairs of consecutive packets. Fewer say nothing about the time scale."""
_MAX_SPLICE = 4
"""Consecutive packets with too little time: the last one of a recording, and those that an encoder added at the
beginning of the next one. If there are more, a clock runs fast."""
_MIN_IN_TIME = 3
"""Packets that must have been in time before one is trimmed."""


@dataclass(frozen=True, slots=True)
class TimedSound:
    """A packet's timestamp, and the duration of its sound, in seconds."""

    time: float
    seconds: float


@dataclass(frozen=True, slots=True)
class Placement:
    """How a packet's sound is placed."""

    silence: float = 0.0
    """Seconds of silence in front of it."""
    stretch: float = 0.0
    """The fraction by which it is made longer, or shorter if negative."""


def time_scale(ahead: Sequence[TimedSound]) -> float:
    """Return the factor for the file's timestamps, usually 1, estimated from consecutive packets."""
    ratios = sorted(
        sound.seconds / (after.time - sound.time)
        for sound, after in pairwise(ahead)
        if sound.seconds > 0 and after.time > sound.time
    )
    pairs = len(ahead) - 1
    if len(ratios) < max(_MIN_PAIRS, _AGREEING * pairs):
        return 1.0
    median = ratios[len(ratios) // 2]
    agreeing = sum(abs(ratio / median - 1) < _TOLERANCE for ratio in ratios)
    if pairs < ENOUGH and agreeing < pairs:
        return 1.0
    low, high = _DRIFTING
    plausible = low < median < high or not 1 / _MAX_SCALE < median < _MAX_SCALE
    return 1.0 if plausible or agreeing < _AGREEING * len(ratios) else median


def _overlaps(sound: TimedSound, after: TimedSound) -> bool:
    """Return whether a packet lasts longer than the time until the next one."""
    return after.time - sound.time < sound.seconds - MIN_OVERLAP


class SoundClock:
    """Places sound on the timeline, packet by packet."""

    def __init__(self, start: float, *, steady: bool) -> None:
        """Start at the second of the file at which the sound starts."""
        self._steady = steady
        self._late, self._early = (-DRIFT, DRIFT) if steady else (-math.inf, GAP_BACK)
        self._shift = 0.0
        self._resampling = False
        self._differences: deque[float] = deque(maxlen=_REMEMBERED)
        self.time = start
        """Second of the file at which the sound placed so far ends."""

    def follow(self, time: float, seconds: float) -> bool:
        """Place a packet if it is in time, as nearly all are, and return whether it is."""
        difference = time + self._shift - self.time
        if self._resampling or not self._late < difference < self._early:
            return False
        self._differences.append(difference)
        self.time += seconds
        return True

    def place(self, ahead: Iterable[TimedSound]) -> Placement:
        """Place the first of the next packets; the others show whether a difference lasts."""
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
        """Return how many seconds to trim from packets. Those of the first one are subtracted from `time`.

        Several consecutive packets may have too little time: the earliest sound is kept.

        Args:
            placed: The packet that was placed last, and those after it.
        """
        behind = 1
        while behind < len(placed) - 1 and _overlaps(placed[behind], placed[behind + 1]):
            behind += 1
        restarts = placed[behind].time <= placed[0].time
        if restarts or behind > _MAX_SPLICE or len(self._differences) < _MIN_IN_TIME:
            return []
        position = self.time + sum(sound.seconds for sound in placed[1:behind])
        lasting = -math.inf
        for sound in placed[behind:]:
            lasting = max(lasting, sound.time + self._shift - position)
            position += sound.seconds
        late = min([0.0, *self._differences]) - lasting
        if late < MIN_OVERLAP:
            return []
        found: list[float] = []
        for sound in reversed(placed[:behind]):
            found.insert(0, min(late, sound.seconds))
            late -= found[0]
        self.time -= found[0]
        return found

    def _lasting_difference(self, ahead: Iterator[TimedSound]) -> tuple[float, float]:
        """Return the seconds by which the sound is early, or late if negative, and the first packet's duration.

        The difference is that of the packet that is nearest to being in time.
        """
        first = next(ahead)
        lasting = first.time + self._shift - self.time
        nearest = min if lasting > 0 else max
        position = self.time + first.seconds
        for sound in ahead:
            lasting = nearest(lasting, sound.time + self._shift - position)
            position += sound.seconds
        # If the sign changes, the difference disappears by itself.
        return (max(0.0, lasting) if nearest is min else min(0.0, lasting)), first.seconds

    def _stretch(self, early: float) -> float:
        off = abs(early)
        self._resampling = off > (IN_TIME if self._resampling else DRIFT)
        if not self._resampling:
            return 0.0
        speed = FAST if off > FAR else SLOW
        return speed if early > 0 else -speed
