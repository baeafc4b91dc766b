"""Channels that have no places in a room, such as the microphones of a recorder, each with a track of its own."""

import re
from functools import lru_cache

from av.audio.frame import AudioFrame

from tracklift_adapters.lame.silence import samples_of, with_samples

_NUMBERED = re.compile(r"\d+ channels")
"""ffmpeg's name of a layout that says nothing but how many channels there are."""
_USUAL = {1: "mono", 2: "stereo"}


def placed_in_room(frame: AudioFrame) -> AudioFrame:
    """Give a frame whose channels have places: one or two the usual ones, more of them left and right in turn.

    ffmpeg has no rule for mixing such channels; so each is heard, and none is louder than another.
    """
    if _has_places(frame.layout.name):
        return frame
    samples, count = samples_of(frame), frame.layout.nb_channels
    if count in _USUAL:
        return with_samples(frame, samples, _USUAL[count])
    pair = samples[:2].copy()
    pair[0], pair[1] = samples[::2].mean(axis=0), samples[1::2].mean(axis=0)
    return with_samples(frame, pair, "stereo")


@lru_cache
def _has_places(layout: str) -> bool:
    return _NUMBERED.fullmatch(layout) is None
