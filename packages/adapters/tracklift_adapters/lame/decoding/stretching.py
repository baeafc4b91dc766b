"""Making sound a few samples longer or shorter, by interpolation between its samples."""

from functools import lru_cache

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

Sound = NDArray[np.float64]
"""Samples by channel and time."""

REACH = 16
"""Samples on each side that an interpolated value depends on: a sinc with a Kaiser window, flat to 0.9 of the bandwidth
and attenuated by 80 dB beyond."""
_SHAPE = 8.0
"""The shape parameter of the Kaiser window."""


def stretched(before: Sound, sound: Sound, after: Sound, count: int) -> Sound:
    """Resample sound to `count` samples per channel.

    The first sample stays the first of `sound`, and the one after the last would be the first of `after`. So there is
    no step where the stretched sound meets the sound around it.

    Args:
        before: The sound before it: the last `REACH` samples are used, and silence if there are fewer.
        sound: What is made longer or shorter.
        after: The sound after it, likewise.
        count: Samples per channel of the result.
    """
    places, weights = _weights(sound.shape[1], count)
    around = np.concatenate([_last(before), sound, _first(after)], axis=1)
    windows = sliding_window_view(around, 2 * REACH, axis=1)
    made: Sound = np.einsum("cpw,pw->cp", windows[:, places], weights)
    return made


@lru_cache(maxsize=64)
def _weights(size: int, count: int) -> tuple[NDArray[np.intp], Sound]:
    """Return the start of each sample's window, counted from `REACH` samples before, and the weights in it."""
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
