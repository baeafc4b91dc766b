"""Frames of silence, frames that fade, and what else is done to a frame's samples."""

from collections.abc import Iterator

import numpy as np
from av.audio.frame import AudioFrame

from tracklift_adapters.lame.stretching import Sound

FADE = 0.002
"""Seconds over which sound rises from silence and falls into it, so that there is no click."""
_AT_ONCE = 1.0
"""Seconds of silence in one frame."""
_UNSIGNED_ZERO = 128.0


def samples_of(frame: AudioFrame) -> Sound:
    """Give a frame's samples by channel, in the units of its format, with silence at zero."""
    values = frame.to_ndarray().astype(np.float64)
    if not frame.format.is_planar:
        values = values.reshape(-1, frame.layout.nb_channels).T
    return values - _UNSIGNED_ZERO if _is_unsigned(frame) else values


def with_samples(frame: AudioFrame, samples: Sound, layout: str | None = None) -> AudioFrame:
    """Give a frame of the same form that has these samples; `layout` names their channels where they are others."""
    kind = np.asarray(frame.to_ndarray()).dtype
    values = samples + _UNSIGNED_ZERO if _is_unsigned(frame) else samples
    if kind.kind in "iu":
        # Whole numbers up to 64 bits; the highest is one too many for a float of that size, and so is clipped too.
        least = 0.0 if kind.kind == "u" else -(2.0 ** (8 * kind.itemsize - 1))
        values = np.clip(np.rint(values), least, least + 2.0 ** (8 * kind.itemsize) - 1)
    if not frame.format.is_planar:
        values = values.T.reshape(1, -1)
    made = AudioFrame.from_ndarray(
        np.ascontiguousarray(values.astype(kind)),
        format=frame.format.name,
        layout=layout or frame.layout.name,
    )
    made.sample_rate = frame.sample_rate
    return made


def silent_frames(like: AudioFrame, seconds: float) -> Iterator[AudioFrame]:
    """Give frames of silence that last so long together, of the form of another one."""
    left = round(seconds * like.sample_rate)
    while left > 0:
        count = min(left, round(_AT_ONCE * like.sample_rate))
        yield with_samples(like, np.zeros((like.layout.nb_channels, count)))
        left -= count


def faded_in(frame: AudioFrame) -> AudioFrame:
    """Let a frame's sound rise from silence."""
    samples = samples_of(frame)
    slope = _slope(frame)
    samples[:, : len(slope)] *= slope
    return with_samples(frame, samples)


def faded_out(frame: AudioFrame) -> AudioFrame:
    """Let a frame's sound fall into silence."""
    samples = samples_of(frame)
    slope = _slope(frame)[::-1]
    samples[:, samples.shape[1] - len(slope) :] *= slope
    return with_samples(frame, samples)


def shortened(frame: AudioFrame, count: int) -> AudioFrame:
    """Give the first `count` samples of a frame."""
    return with_samples(frame, samples_of(frame)[:, :count])


def _slope(frame: AudioFrame) -> Sound:
    count = min(frame.samples, max(1, round(FADE * frame.sample_rate)))
    return (np.arange(count) + 0.5) / count


def _is_unsigned(frame: AudioFrame) -> bool:
    return frame.format.name in {"u8", "u8p"}
