"""Applying the file's edit list to a track's sound."""

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from tracklift_adapters.lame.encoding.encoder import Samples
from tracklift_domain.extraction.errors import ExtractionError
from tracklift_domain.extraction.failure import FailureCode
from tracklift_domain.extraction.timeline import Edit

MAX_RETURNS = 1000
"""How often an edit list may go back in the media, which is then decoded again."""
_SILENCE_BLOCK = 2**16
"""Samples per channel of a block of silence."""


@dataclass(frozen=True, slots=True)
class Media:
    """A track's sound from a position on: the position in samples of the media, and the blocks from there."""

    start: int
    blocks: Iterator[Samples]


class EditedSound:
    """Yields the range of the media that each edit refers to, in order, and silence for pauses."""

    def __init__(
        self, open_media: Callable[[float], Media], edits: Sequence[Edit], *, sample_rate: int, channels: int
    ) -> None:
        """Start.

        Args:
            open_media: Returns the sound from a second of the media on, or from an earlier position.
            edits: The edit list, with at least one edit.
            sample_rate: Hz.
            channels: Number of channels of each block.
        """
        self._open_media = open_media
        self._edits = edits
        self._rate = sample_rate
        self._channels = channels
        self._returns = 0
        self._begin = 0
        self._block = np.zeros((channels, 0), np.float32)
        self._coming: Iterator[Samples] | None = None

    def blocks(self) -> Iterator[Samples]:
        """Yield what is played.

        Raises:
            ExtractionError: `corrupt_media`, if the edit list goes back too often.
        """
        end, given = 0.0, 0
        for number, edit in enumerate(self._edits, 1):
            end = end + edit.duration if edit.duration is not None else math.inf
            wanted = None if end == math.inf else max(0, round(end * self._rate) - given)
            if edit.start is not None:
                for block in self._read(edit.start, wanted):
                    given += block.shape[1]
                    yield block
            if end == math.inf:
                end = given / self._rate
            elif number < len(self._edits):
                # The media end before the edit does. The next edit must not start earlier because of that.
                for block in silence(round(end * self._rate) - given, self._channels):
                    given += block.shape[1]
                    yield block

    def _read(self, start: float, wanted: int | None) -> Iterator[Samples]:
        """Yield the media from a second on: `wanted` samples, or up to the end."""
        position = round(start * self._rate)
        if self._coming is None or position < self._begin:
            self._open(start)
        last = math.inf if wanted is None else position + wanted
        if position < self._begin:
            yield from silence(min(self._begin, last) - position, self._channels)
            position = self._begin
        while position < last:
            here = self._block[:, position - self._begin :]
            if last < position + here.shape[1]:
                here = here[:, : int(last) - position]
            if here.shape[1]:
                yield here
                position += here.shape[1]
            elif not self._advance():
                return

    def _open(self, start: float) -> None:
        if self._coming is not None:
            self._returns += 1
            if self._returns > MAX_RETURNS:
                raise ExtractionError(
                    FailureCode.CORRUPT_MEDIA,
                    f"The video's edit list goes back more than {MAX_RETURNS:,} times: export it anew.",
                )
        media = self._open_media(start)
        self._begin, self._coming = media.start, media.blocks
        self._block = np.zeros((self._channels, 0), np.float32)

    def _advance(self) -> bool:
        """Go to the next block, and return whether there is one."""
        block = None if self._coming is None else next(self._coming, None)
        if block is None:
            return False
        self._begin += self._block.shape[1]
        self._block = block
        return True


def silence(count: float, channels: int) -> Iterator[Samples]:
    """Yield blocks of so many samples of silence."""
    while count > 0:
        part = int(min(count, _SILENCE_BLOCK))
        yield np.zeros((channels, part), np.float32)
        count -= part
