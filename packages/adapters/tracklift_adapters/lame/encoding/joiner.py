"""Joins the outputs of several encoders that have encoded overlapping segments of one recording.

An encoder's decisions depend on its earlier input, but only for a while: two encoders that have had the same input for
long enough output the same frames. So a segment's output begins with frames of *warm-up*, which the previous segment
has, too, at least up to where the two encoders were found to agree. The seam is placed where headers and side
information of both agree over many frames, which implies that their bit reservoirs are equally full. The result is,
byte for byte, what a single encoder outputs, with zeros in place of stuffing. Main data that the first frame after the
seam has in the reservoir are written into the bodies of the frames before it.
"""

from dataclasses import dataclass

from tracklift_adapters.lame.mp3.frame_writer import ByteSink, FrameWriter
from tracklift_adapters.lame.mp3.frames import Frames
from tracklift_adapters.lame.mp3.reservoir import bytes_before, room_before, write_before
from tracklift_adapters.lame.mp3.stuffing import clear_stuffing

AGREEMENT = 20
"""How many frames before a seam must agree, in addition to the one after it."""
_HELD = 512
"""Frames before a planned seam that are not written until the next segment is there."""


class SeamError(Exception):
    """There is no place where two segments can be joined."""


@dataclass(slots=True)
class Seams:
    """How many seams there are of each kind."""

    exact: int = 0
    """At the planned place, where both encoders agree."""
    walked: int = 0
    """Before the planned place, where both encoders agree: usually because the previous encoder stopped there."""


class Joiner:
    """Takes the outputs for segments in order and writes one stream of frames. It holds at most one segment's end."""

    def __init__(self, sink: ByteSink) -> None:
        self.written = FrameWriter(sink)
        self.seams = Seams()
        self._held: Frames | None = None
        self._planned = 0
        """Number of the held frame from which on the next segment's frames are planned to be used."""

    def add(self, output: bytes, *, warm_up: int, kept: int | None) -> None:
        """Append a segment.

        Args:
            output: The frames of its encoder.
            warm_up: How many of them are warm-up; 0 for the first segment.
            kept: How many frames the segment itself has; `None`: it is the last one, of which all frames are written.

        Raises:
            SeamError: there is no seam to the previous segment, or that was the last one.
            ValueError: there are other bytes between the frames.
        """
        frames = Frames(output)
        clear_stuffing(frames)
        start = 0 if self._held is None else self._join(self._held, frames, warm_up)
        end = len(frames) if kept is None else warm_up + kept
        written = end if kept is None else min(max(start, end - _HELD), len(frames))
        self.written.write(frames, start, written)
        self._held, self._planned = frames.behind(written), end - written

    def _join(self, held: Frames, frames: Frames, warm_up: int) -> int:
        """Write the held frames up to the seam, and return the number of the first frame after it."""
        planned = self._planned
        back = agreement_before(held, planned, frames, warm_up)
        if back is None:
            raise SeamError(f"the encoders agree nowhere in {warm_up} frames")
        if back:
            self.seams.walked += 1
        else:
            self.seams.exact += 1
        needed = frames.side_info(warm_up - back).main_data_begin
        write_before(held, planned - back, bytes_before(frames, warm_up - back, needed))
        self.written.write(held, 0, planned - back)
        return warm_up - back


def agreement_before(old: Frames, old_end: int, new: Frames, new_end: int) -> int | None:
    """Search backwards from the planned seam for one where both encoders agree.

    Args:
        old: The frames before the seam.
        old_end: The first of them that is not written if the seam is as planned.
        new: The frames after the seam.
        new_end: The first of them that is written if the seam is as planned: the same frame of the recording.

    Returns:
        How many frames before the planned seam it is; `None`: the encoders agree nowhere.
    """
    equal = 0
    for back in range(min(old_end, new_end) + 1):
        before, behind = old_end - back, new_end - back
        exist = before < len(old) and behind < len(new)
        equal = equal + 1 if exist and old.head(before) == new.head(behind) else 0
        if equal > AGREEMENT and _fits(old, before + AGREEMENT, new, behind + AGREEMENT):
            return back - AGREEMENT
    return None


def _fits(old: Frames, before: int, new: Frames, behind: int) -> bool:
    if before > len(old) or behind >= len(new):
        return False
    needed = new.side_info(behind).main_data_begin
    return needed <= room_before(old, before) and len(bytes_before(new, behind, needed)) == needed
