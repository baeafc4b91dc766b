"""Splitting a recording into segments that several encoders encode at the same time.

The frames of a segment are those from its start to the start of the next one. Its encoder gets more input on both
sides: *warm-up* in front, so that it is in the same state as a single encoder when the segment's own frames begin, and
*look-ahead* behind, so that there are frames to compare at the seam. At each of its *checkpoints* an encoder checks
whether the next segment's encoder has reached the same state; if so, it stops, and the next one supplies the rest. See
`joiner` for how the outputs are joined.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import TypeAlias

WARM_UP = 294
"""Frames: the most that an encoder encodes before its segment. Two thirds of that sufficed at each of 732 seams that
were tried at 128, 192 and 320 kbit/s, but not at one of 23 in an hour of synthetic music. A multiple of 49: see
`_PADDING_PERIOD`."""
LOOK_AHEAD = 8
"""Frames."""
FIRST_CHECKPOINT, _CHECKPOINT_INTERVAL = 100, 8
"""Frames of warm-up before the first checkpoint, and frames between two. An encoder outputs a frame when it has got two
more. Encoders that agreed after 98 frames still agreed later at each of 1816 seams that were tried at 64 to 320 kbit/s;
of those that agreed after 80, 5 did so by coincidence."""
_PADDING_PERIOD = 49
"""Frames after which the pattern of padded frames repeats at 44.1 kHz and its fractions, where a frame's size in bytes
is not an integer (ISO/IEC 11172-3, 2.4.2.3). Segments start in step with it; at other rates any frame would do."""
_MAX_WARM_UP_SHARE = 0.25
"""How much work warm-up may add, as a fraction. So recordings of less than 10 seconds are not split."""
_MAX_SECONDS = 180.0
"""Seconds of a segment. Warm-up then adds 1.5 % of work."""
_MAX_WAITING_BYTES = 64 * 10**6
"""Bytes of samples that may wait for encoders: all but the first one get a segment in advance."""
_SUPPLY = 1 / 12
"""The time in which samples are supplied as a fraction of that in which one encoder takes them, as long as it is not
known: about right for AAC in a file."""
_KNOWN_AFTER = 5.0
"""Seconds of samples after which that fraction is the mean of what was assumed and what was found."""
_SLOWEST_SUPPLY = 0.9
"""Where samples come no faster than one encoder takes them, a second one still encodes the last tenth."""
_MIN_INPUT = 2 * FIRST_CHECKPOINT
"""Frames that are worth another encoder, as half of them are encoded twice."""
_LAST_ROUND = 1 / 2, 1 / 4, 1 / 4
"""Sizes of the last segments as fractions of the others. Over many segments, one encoder may get ahead of another by
up to one segment and would be idle for that long at the end. With smaller ones, any encoder that is free takes the
next."""
_SAMPLE_BYTES = 4
_SLACK = 4
"""Seconds of samples that may wait in addition."""


@dataclass(frozen=True, slots=True)
class Segment:
    """A range of frames, counted from the beginning of the recording."""

    start: int
    """The first frame of the segment."""
    end: int | None
    """The frame after the last one; `None`: the segment extends to the end of the recording."""

    @property
    def warm_up(self) -> int:
        """How many frames in front of the segment its encoder encodes."""
        return min(WARM_UP, self.start)

    @property
    def input_start(self) -> int:
        """The first frame of the encoder's input."""
        return self.start - self.warm_up

    @property
    def input_end(self) -> int | None:
        """The frame after the last one of the encoder's input."""
        return None if self.end is None else self.end + LOOK_AHEAD

    @property
    def checkpoints(self) -> range:
        """After how many frames of input the encoder compares its output with that of the next segment's encoder."""
        if self.end is None:
            return range(0)
        next_input_start = self.end - min(WARM_UP, self.end) - self.input_start
        return range(next_input_start + FIRST_CHECKPOINT, self.end - self.input_start, _CHECKPOINT_INTERVAL)

    @property
    def frames(self) -> int | None:
        """How many frames the segment has; `None`: up to the end of the recording."""
        return None if self.end is None else self.end - self.start


def frame_samples(sample_rate: int) -> int:
    """Return the samples per channel of a frame: two granules of 576 in MPEG-1, one in its extensions."""
    return 1152 if sample_rate >= 32000 else 576


@dataclass(frozen=True, slots=True)
class Segmentation:
    """How a recording is split."""

    segments: Sequence[Segment]
    encoders: int
    """How many encoders work at the same time: at least two if there are several segments, because neighbours are
    compared."""
    max_waiting: int
    """How many samples per channel may wait for encoders, so that none is idle while another one is supplied."""


def single_segment(sample_rate: int) -> Segmentation:
    """Do not split the recording."""
    return Segmentation([Segment(0, None)], 1, _SLACK * sample_rate)


PlanSegments: TypeAlias = Callable[[int, int], Segmentation]
"""Splits a recording, from the samples per channel that have been supplied and encoded so far."""


def plan_segments(
    samples: int, sample_rate: int, *, channels: int, encoders: int, supplied: int = 0, encoded: int = 0
) -> Segmentation:
    """Split a recording so that all encoders finish at the same time.

    Each encoder starts after the previous one, because the samples of that one's segment are supplied first. How long
    that takes depends on the codec, the storage and the machine. So the recording is split when the second encoder has
    to start: what the first one has encoded by then tells.

    Args:
        samples: Expected samples per channel. The last segment extends to the end of the recording, wherever that is.
        sample_rate: Hz.
        channels: 1 or 2.
        encoders: How many may work at the same time.
        supplied: Samples per channel that the first encoder has been given. The input of the others begins behind them.
        encoded: How many of these it has encoded.
    """
    size = frame_samples(sample_rate)
    frames = samples // size
    encoders = min(encoders, 1 + int(_MAX_WARM_UP_SHARE * frames / FIRST_CHECKPOINT))
    if encoders <= 1:
        return single_segment(sample_rate)
    max_bytes = _MAX_WAITING_BYTES / ((encoders - 1) * channels * _SAMPLE_BYTES)
    longest = min(_MAX_SECONDS * sample_rate, max_bytes) / size
    assumed = _KNOWN_AFTER * sample_rate
    supply = min((encoded + assumed * _SUPPLY) / (supplied + assumed), _SLOWEST_SUPPLY)
    # Encoders that start later get shorter first segments, so that all of them are in step afterwards.
    shares = [(1 - supply) ** number for number in range(encoders)]
    rounds = math.ceil(frames / (encoders * longest))
    later = [1.0] * (rounds - 2) + [*_LAST_ROUND] if rounds > 1 else []
    shares += [share for share in later for _ in range(encoders)]
    # Two encoders usually agree at the first checkpoint; the first one has encoded so many frames more by then.
    total = frames + FIRST_CHECKPOINT * (len(shares) - 1)
    first = max(total * shares[0] / sum(shares), _next_in_step(supplied / size) + FIRST_CHECKPOINT)
    others = [(total - first) * share / sum(shares[1:]) for share in shares[1:]]
    inputs = [first, *(other for other in others if other >= _MIN_INPUT)]
    ends = [end - FIRST_CHECKPOINT * number for number, end in enumerate(accumulate(inputs[:-1]), 1)]
    borders = [_in_step(end) + WARM_UP for end in ends]
    segments = list(map(Segment, [0, *borders], [*borders, None]))
    # While one encoder waits for samples, each other one has at most a whole segment waiting.
    max_overlap = WARM_UP + LOOK_AHEAD - FIRST_CHECKPOINT
    waiting = sum(sorted(inputs)[1 - encoders :]) + (encoders - 1) * (max_overlap + _PADDING_PERIOD)
    return Segmentation(segments, encoders, math.ceil(waiting) * size + _SLACK * sample_rate)


def _in_step(frame: float) -> int:
    return max(1, round(frame / _PADDING_PERIOD)) * _PADDING_PERIOD


def _next_in_step(frame: float) -> int:
    return math.ceil(frame / _PADDING_PERIOD) * _PADDING_PERIOD
