"""Dividing a recording into pieces that several encoders work on at once.

Each piece stands for its own frames. Its encoder is given some more on both sides: *warm-up* in front, so that it is in
the state that a single encoder would be in when its own frames begin, and *look-ahead* behind, so that there are frames
to compare at the seam. An encoder that finds, at one of its *looks*, that the next one is in that state already leaves
the rest to it. See `joiner` for what is made of them.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate, pairwise

WARM_UP = 294
"""Frames, at most: what an encoder has heard when the one in front ends, agreement or not. Two thirds of it were enough
at each of 732 seams that were tried, at 128, 192 and 320 kbit/s, but not at one of 23 in an hour of synthetic music. A
multiple of 49: see `_PADDING_PERIOD`."""
LOOK_AHEAD = 8
"""Frames."""
FIRST_LOOK, _NEXT_LOOK = 100, 8
"""Frames of warm-up after which two encoders are compared first, and further ones between two looks. An encoder gives a
frame when it has two more. Encoders that agreed after 98 frames stayed in agreement at each of 1816 seams that were
tried, at 64 to 320 kbit/s; of those that agreed after 80, 5 did so by chance."""
_PADDING_PERIOD = 49
"""Frames after which the pattern of padded frames begins again at 44.1 kHz and its fractions, where a frame's size in
bytes is no whole number (ISO/IEC 11172-3, 2.4.2.3). Pieces begin in step with it; at other rates any frame does."""
_MOST_WARMING = 0.25
"""Of the whole, that warming up may cost in addition. So recordings of less than 10 seconds stay whole."""
_LONGEST_SECONDS = 180.0
"""Of a piece, so that warming up is 1.5 % of the work."""
_MOST_WAITING = 64 * 10**6
"""Bytes of samples that may wait for an encoder: all but the first one are fed a piece in advance."""
_DECODING = 1 / 12
"""The time of decoding, as a part of that of encoding: about what AAC takes. So much of a piece's time an encoder
begins behind the one before it, which has the decoder for itself until then."""
_LAST_ROUND = 1 / 2, 1 / 4, 1 / 4
"""Of a piece: over many pieces one encoder gets ahead of another, by up to one of them, and would stand idle for so
long at the end; so what is left then is cut smaller, for whichever is free to take."""
_BYTES = 4
_SLACK = 4
"""Seconds of samples that may wait besides."""


@dataclass(frozen=True, slots=True)
class Piece:
    """Frames of the recording, counted from its beginning."""

    start: int
    """The first frame that it stands for."""
    end: int | None
    """The frame behind the last one that it stands for; `None`: up to the end of the recording."""

    @property
    def warm_up(self) -> int:
        """Frames in front of those that it stands for."""
        return min(WARM_UP, self.start)

    @property
    def first_fed(self) -> int:
        """The first frame that its encoder is given."""
        return self.start - self.warm_up

    @property
    def last_fed(self) -> int | None:
        """The frame behind the last one that its encoder is given."""
        return None if self.end is None else self.end + LOOK_AHEAD

    @property
    def looks(self) -> range:
        """After how many frames its encoder and the next piece's are compared, as long as they do not agree."""
        if self.end is None:
            return range(0)
        fed_to_both = self.end - min(WARM_UP, self.end) - self.first_fed
        return range(fed_to_both + FIRST_LOOK, self.end - self.first_fed, _NEXT_LOOK)

    @property
    def kept(self) -> int | None:
        """How many frames it stands for; `None`: all that come."""
        return None if self.end is None else self.end - self.start


def frame_samples(sample_rate: int) -> int:
    """Give the samples of each channel in a frame: two granules of 576 in MPEG-1, one in its extensions."""
    return 1152 if sample_rate >= 32000 else 576


@dataclass(frozen=True, slots=True)
class Division:
    """How a recording is encoded."""

    pieces: Sequence[Piece]
    encoders: int
    """How many pieces are worked on at once: two or more where there is more than one, as neighbours are compared."""
    most_waiting: int
    """Samples of each channel that may wait for encoders, so that none stands still because another one is fed."""


def in_one_piece(sample_rate: int) -> Division:
    """Leave a recording whole."""
    return Division([Piece(0, None)], 1, _SLACK * sample_rate)


def divide(samples: int, sample_rate: int, *, channels: int, encoders: int) -> Division:
    """Divide a recording of about so many samples so that all encoders end at the same time.

    The last piece goes on to the end, wherever that turns out to be.
    """
    size = frame_samples(sample_rate)
    frames = samples // size
    encoders = min(encoders, 1 + int(_MOST_WARMING * frames / FIRST_LOOK))
    if encoders <= 1:
        return in_one_piece(sample_rate)
    longest = min(_LONGEST_SECONDS * sample_rate, _MOST_WAITING / ((encoders - 1) * channels * _BYTES)) / size
    rounds = math.ceil(frames / (encoders * longest))
    # Encoders that begin later have less to do at first, so that afterwards all of them keep step.
    shares = [(1 - _DECODING) ** number for number in range(encoders)]
    later = [1.0] * (rounds - 2) + [*_LAST_ROUND] if rounds > 1 else []
    shares += [share for share in later for _ in range(encoders)]
    # As a rule two encoders agree at the first look, and the one in front has come so much further then.
    whole = frames + FIRST_LOOK * (len(shares) - 1)
    fed = [whole * share / sum(shares) for share in shares]
    ends = [border - FIRST_LOOK * number for number, border in enumerate(accumulate(fed[:-1]), 1)]
    borders = [_in_step(end) + WARM_UP for end in ends]
    pieces = [Piece(start, end) for start, end in pairwise([0, *borders])] + [Piece(borders[-1], None)]
    # While one encoder waits for samples, the others have whole pieces in front of them at most.
    longest_overlap = WARM_UP + LOOK_AHEAD - FIRST_LOOK
    waiting = sum(sorted(fed)[1 - encoders :]) + (encoders - 1) * (longest_overlap + _PADDING_PERIOD)
    return Division(pieces, encoders, math.ceil(waiting) * size + _SLACK * sample_rate)


def _in_step(frame: float) -> int:
    return max(1, round(frame / _PADDING_PERIOD)) * _PADDING_PERIOD
