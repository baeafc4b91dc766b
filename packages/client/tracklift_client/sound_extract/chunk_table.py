"""The tables of chunks in the extract (boxes `stsc` and `stco` or `co64`; ISO/IEC 14496-12, 8.7.4 and 8.7.5).

Between two chunks of sound there are pictures in most files, so that a chunk has a sample or two, and the tables of an
hour take as much as 4 % of the sound. Chunks that follow each other in the extract become one.
"""

import struct
import sys
from array import array
from collections.abc import Iterator, Mapping
from itertools import groupby

from tracklift_client.sound_extract.box_writing import write
from tracklift_client.sound_extract.ranges import MediaRanges
from tracklift_client.sound_extract.sample_table import Chunks

_RUN = struct.Struct(">III")
_MOST_SAMPLES = 2**32 - 1


class ChunkTable:
    """The chunks of a track as they are in the extract."""

    def __init__(self, chunks: Chunks, media: MediaRanges) -> None:
        """Lay the chunks into the media of the extract, and join those that follow each other.

        Single samples of sound stay as they are: libavformat makes packets of their chunks.
        """
        self._positions = array("Q")
        """In the media."""
        self._samples = array("I")
        self._descriptions = array("I")
        end = 0
        for chunk in chunks:
            position = media.position_of((chunk.offset, chunk.size)) if chunk.size else end
            if not chunks.are_single and position == end and self._joins(chunk.samples, chunk.description):
                self._samples[-1] += chunk.samples
            else:
                self._positions.append(position)
                self._samples.append(chunk.samples)
                self._descriptions.append(chunk.description)
            end = position + chunk.size

    def written(self, start: int, *, wide: bool) -> Mapping[bytes, bytes]:
        """Write the boxes that take the place of others, by the types of these.

        Args:
            start: The position of the media in the extract.
            wide: Whether positions have 64 bits.
        """
        runs = bytearray()
        for run in self._runs():
            runs += _RUN.pack(*run)
        stsc = write(b"stsc", struct.pack(">II", 0, len(runs) // _RUN.size), bytes(runs))
        positions = array("Q" if wide else "I", (start + position for position in self._positions))
        if sys.byteorder == "little":
            positions.byteswap()
        head = struct.pack(">II", 0, len(positions))
        offsets = write(b"co64" if wide else b"stco", head, positions.tobytes())
        return {b"stsc": stsc, b"stco": offsets, b"co64": offsets}

    def __len__(self) -> int:
        """Give how many chunks there are."""
        return len(self._positions)

    def _joins(self, samples: int, description: int) -> bool:
        return (
            bool(self._samples)
            and self._descriptions[-1] == description
            and self._samples[-1] + samples <= _MOST_SAMPLES
        )

    def _runs(self) -> Iterator[tuple[int, int, int]]:
        """Give the number of a chunk, from 1, and how many samples it and those behind it have, and of what kind."""
        first = 1
        for (samples, description), alike in groupby(zip(self._samples, self._descriptions, strict=True)):
            yield first, samples, description
            first += sum(1 for _ in alike)
