"""What an ear would notice of a sound: when it begins, where it is silent, and whether it clicks."""

import numpy as np
import numpy.typing as npt

from tests.media.ffmpeg import Decoded

_LOUD = 0.03
"""Of full scale."""
_SHORTEST_PAUSE = 0.02
"""Seconds, so that no zero crossing of a tone counts."""


def silences(heard: Decoded, least: float = _SHORTEST_PAUSE) -> list[tuple[float, float]]:
    """Give where it is silent for so many seconds at least: each a second and a duration in seconds."""
    loud = np.flatnonzero(np.abs(heard.samples).max(axis=1) > _LOUD)
    ends = np.concatenate([[-1], loud, [len(heard.samples)]])
    apart = np.diff(ends) - 1
    return [
        (float(ends[number] + 1) / heard.rate, float(apart[number]) / heard.rate)
        for number in np.flatnonzero(apart >= least * heard.rate)
    ]


def beginnings(heard: Decoded) -> list[float]:
    """Give the seconds at which sound begins behind silence."""
    last = heard.seconds - 0.5 / heard.rate
    return [at + seconds for at, seconds in silences(heard) if at + seconds < last]


def roughness(samples: npt.NDArray[np.float32]) -> float:
    """Give the largest second difference of the samples, which a click makes large."""
    return float(np.abs(np.diff(samples.astype(np.float64), n=2, axis=0)).max())
