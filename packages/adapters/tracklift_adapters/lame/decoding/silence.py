"""Frames of silence, fades, and access to a frame's samples.

PyAV counts the planes of a frame up to a null pointer. A frame of eight planes has none, so PyAV would read and write
beyond them. So each plane is accessed by its number.
"""

from collections.abc import Iterator

import numpy as np
from av.audio.frame import AudioFrame
from av.audio.plane import AudioPlane

from tracklift_adapters.lame.decoding.stretching import Sound

FADE = 0.002
"""Seconds of a fade between sound and silence, which prevents clicks."""
_FRAME_SECONDS = 1.0
"""Seconds of silence in one frame."""
_UNSIGNED_ZERO = 128.0
_KINDS = {"u8": "u1", "s16": "i2", "s32": "i4", "flt": "f4", "dbl": "f8"}
"""NumPy's names of types, by ffmpeg's names of packed formats."""


def samples_of(frame: AudioFrame) -> Sound:
    """Return a frame's samples by channel, in the units of its format, with silence at zero."""
    planes = [np.frombuffer(memoryview(plane), _kind_of(frame)) for plane in _planes_of(frame)]
    if frame.format.is_planar:
        values = np.stack([plane[: frame.samples] for plane in planes]).astype(np.float64)
    else:
        channels = frame.layout.nb_channels
        values = planes[0][: frame.samples * channels].reshape(-1, channels).T.astype(np.float64)
    return values - _UNSIGNED_ZERO if _is_unsigned(frame) else values


def with_samples(frame: AudioFrame, samples: Sound, layout: str | None = None) -> AudioFrame:
    """Return a frame of the same format with these samples, and with another channel layout if given."""
    kind = _kind_of(frame)
    values = samples + _UNSIGNED_ZERO if _is_unsigned(frame) else samples
    if kind.kind in "iu":
        # Integers of at most 32 bits, so a 64-bit float represents their limits exactly.
        least = 0.0 if kind.kind == "u" else -(2.0 ** (8 * kind.itemsize - 1))
        values = np.clip(np.rint(values), least, least + 2.0 ** (8 * kind.itemsize) - 1)
    made = AudioFrame(frame.format.name, layout or frame.layout.name, samples.shape[1])
    planes = values if frame.format.is_planar else values.T.reshape(1, -1)
    for plane, content in zip(_planes_of(made), planes.astype(kind), strict=True):
        plane.update(content.tobytes())
    made.sample_rate = frame.sample_rate
    return made


def silent_frames(like: AudioFrame, seconds: float) -> Iterator[AudioFrame]:
    """Yield frames of so much silence in the format of another frame."""
    left = round(seconds * like.sample_rate)
    while left > 0:
        count = min(left, round(_FRAME_SECONDS * like.sample_rate))
        yield with_samples(like, np.zeros((like.layout.nb_channels, count)))
        left -= count


def faded_in(frame: AudioFrame) -> AudioFrame:
    """Fade a frame in from silence."""
    samples = samples_of(frame)
    slope = _slope(frame)
    samples[:, : len(slope)] *= slope
    return with_samples(frame, samples)


def faded_out(frame: AudioFrame) -> AudioFrame:
    """Fade a frame out to silence."""
    samples = samples_of(frame)
    slope = _slope(frame)[::-1]
    samples[:, samples.shape[1] - len(slope) :] *= slope
    return with_samples(frame, samples)


def shortened(frame: AudioFrame, count: int) -> AudioFrame:
    """Return a frame of the first `count` samples of this one."""
    return with_samples(frame, samples_of(frame)[:, :count])


def _slope(frame: AudioFrame) -> Sound:
    count = min(frame.samples, max(1, round(FADE * frame.sample_rate)))
    return (np.arange(count) + 0.5) / count


def _planes_of(frame: AudioFrame) -> list[AudioPlane]:
    if not frame.samples:
        return []
    return [
        AudioPlane(frame, number)
        for number in range(frame.layout.nb_channels if frame.format.is_planar else 1)
    ]


def _kind_of(frame: AudioFrame) -> "np.dtype[np.generic]":
    return np.dtype(_KINDS[frame.format.packed.name])


def _is_unsigned(frame: AudioFrame) -> bool:
    return frame.format.name in {"u8", "u8p"}
