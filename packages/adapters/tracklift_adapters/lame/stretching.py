"""Making sound a few samples longer or shorter, by reading it at places between its samples."""

from functools import lru_cache

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

Sound = NDArray[np.float64]
"""Samples by channel and time."""

REACH = 16
"""Samples on each side of a place that its value is made of: a sinc under Kaiser's window, flat to 0.9 of the
bandwidth and 80 dB down beyond."""
_SHAPE = 8.0
"""Of Kaiser's window."""


def stretched(before: Sound, sound: Sound, after: Sound, count: int) -> Sound:
    """Give `count` samples that sound like those of `sound`.

    The first one is the first of `sound`, and the one behind the last would be the first of `after`, so that what is
    stretched joins what is not without a step.

    Args:
        before: What lies in front of it; at least `REACH` samples are used, silence where there are fewer.
        sound: What is made longer or shorter.
        after: What lies behind it, likewise.
        count: Of samples to give.
    """
    places, weights = _weights(sound.shape[1], count)
    around = np.concatenate([_last(before), sound, _first(after)], axis=1)
    windows = sliding_window_view(around, 2 * REACH, axis=1)
    made: Sound = np.einsum("cpw,pw->cp", windows[:, places], weights)
    return made


@lru_cache(maxsize=64)
def _weights(size: int, count: int) -> tuple[NDArray[np.intp], Sound]:
    """Give where the window of each place begins, counted from `REACH` samples in front, and what its samples weigh."""
    positions = np.arange(count) * (size / count)
    whole = np.floor(positions).astype(np.intp)
    distances = (positions - whole)[:, None] - np.arange(1 - REACH, REACH + 1)
    window = np.i0(_SHAPE * np.sqrt(np.maximum(0.0, 1 - (distances / REACH) ** 2))) / np.i0(_SHAPE)
    weights = np.sinc(distances) * window
    return whole + 1, weights / weights.sum(axis=1, keepdims=True)


def _last(sound: Sound) -> Sound:
    return np.pad(sound[:, max(0, sound.shape[1] - REACH) :], ((0, 0), (max(0, REACH - sound.shape[1]), 0)))


def _first(sound: Sound) -> Sound:
    return np.pad(sound[:, :REACH], ((0, 0), (0, max(0, REACH - sound.shape[1]))))
