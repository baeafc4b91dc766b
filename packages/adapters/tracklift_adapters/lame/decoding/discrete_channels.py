"""Discrete channels: channels without speaker positions, such as those of a recorder with several microphones."""

import re
from functools import lru_cache

from av.audio.frame import AudioFrame

from tracklift_adapters.lame.decoding.silence import samples_of, with_samples

_DISCRETE = re.compile(r"\d+ channels")
"""ffmpeg's name of a layout that tells only the number of channels."""
_LAYOUTS = {1: "mono", 2: "stereo"}


def with_speaker_layout(frame: AudioFrame) -> AudioFrame:
    """Return a frame whose channels have speaker positions.

    One or two discrete channels become mono or stereo. More are mixed alternately to left and right: ffmpeg has no
    rule for downmixing discrete channels, and this way each is heard, and none is louder than another.
    """
    if _has_positions(frame.layout.name):
        return frame
    samples, count = samples_of(frame), frame.layout.nb_channels
    if count in _LAYOUTS:
        return with_samples(frame, samples, _LAYOUTS[count])
    pair = samples[:2].copy()
    pair[0], pair[1] = samples[::2].mean(axis=0), samples[1::2].mean(axis=0)
    return with_samples(frame, pair, "stereo")


@lru_cache
def _has_positions(layout: str) -> bool:
    return _DISCRETE.fullmatch(layout) is None
