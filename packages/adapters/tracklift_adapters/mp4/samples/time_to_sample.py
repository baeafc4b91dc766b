"""The table of the samples' durations (box `stts`; ISO/IEC 14496-12, 8.6.1), in runs of equal ones."""

import struct

from tracklift_adapters.mp4.samples.sample_durations import SampleDurations
from tracklift_adapters.mp4.structure.boxes import Box, fields, table
from tracklift_adapters.mp4.structure.byte_source import ByteSource

_RUN = struct.Struct(">II")


def read_durations(source: ByteSource, stts: Box, samples: int) -> SampleDurations:
    """Read the durations of so many samples; those behind the table last as long as the last one in it.

    Raises:
        ExtractionError: `corrupt_media`, when the table claims more than it has.
    """
    found = SampleDurations()
    left = samples
    for part in table(source, stts, 8, _count(source, stts), _RUN.size):
        for count, duration in _RUN.iter_unpack(part):
            found.add(min(count, left), duration)
            left -= min(count, left)
        if left == 0:
            return found
    found.add(left, found.last)
    return found


def counts_single_samples(source: ByteSource, stts: Box | None) -> bool:
    """Tell whether all samples last one unit, as in QuickTime's old forms."""
    if stts is None or stts.end - stts.start < 16 or _count(source, stts) != 1:
        return False
    return int.from_bytes(fields(source, stts, 12, 4)) == 1


def _count(source: ByteSource, stts: Box) -> int:
    return int.from_bytes(fields(source, stts, 4, 4))
