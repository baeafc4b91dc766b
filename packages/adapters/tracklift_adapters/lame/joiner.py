"""Joins what several encoders made of overlapping pieces of one recording.

An encoder's choices depend on what it heard before, but only for a while: two encoders that have heard the same for
long enough write the same frames. So each piece begins with frames of *warm-up* that the piece before has as well, or
has up to where its encoder found that both agree. Where header and side information of both agree over many frames,
which takes the filling of the bit reservoir to agree too, the change from one to the other cannot be told from a single
encoder's output. What the first frame behind the change has in the reservoir is laid into the bodies before it.
"""

from dataclasses import dataclass

from tracklift_adapters.lame.frames import Frames
from tracklift_adapters.lame.music import ByteSink, Music
from tracklift_adapters.lame.reservoir import bytes_before, lay_before, room_before

AGREEMENT = 20
"""How many frames before a seam must be alike, besides the one behind it."""
_HELD = 512
"""Frames before a planned seam that are not written until the next piece is there."""
_FEWEST_WARM = 4
"""Frames that an encoder needs to hear before its frames are of use at all."""


class SeamError(Exception):
    """Two pieces have no place where one can go on for the other."""


@dataclass(slots=True)
class Seams:
    """How the pieces were joined."""

    exact: int = 0
    """At the last place that was planned, both encoders in agreement."""
    walked: int = 0
    """Further in front, where they agreed: as a rule, where the piece before ended for that reason."""
    fitted: int = 0
    """Where they did not agree, but the one's reservoir had room for the other's main data."""


class Joiner:
    """Takes pieces in order and writes one stream of frames. It holds the end of one piece at most."""

    def __init__(self, sink: ByteSink) -> None:
        self.music = Music(sink)
        self.seams = Seams()
        self._held: Frames | None = None
        self._planned = 0
        """Number of the held frame that the next piece takes over from."""

    def add(self, piece: bytes, *, warm_up: int, kept: int | None) -> None:
        """Go on with a piece.

        Args:
            piece: the frames that one encoder made.
            warm_up: how many of them the piece before stands for; 0 for the first piece.
            kept: how many it stands for itself behind these, up to where the next piece does; `None` for the last one,
                which is written to its end.

        Raises:
            SeamError: when it fits nowhere on to the piece before, or the one before was the last.
            ValueError: when there is something else between its frames.
        """
        frames = Frames(piece)
        start = 0 if self._held is None else self._join(self._held, frames, warm_up)
        end = len(frames) if kept is None else warm_up + kept
        written = end if kept is None else min(max(start, end - _HELD), len(frames))
        self.music.write(frames, start, written)
        self._held, self._planned = frames.behind(written), end - written

    def _join(self, held: Frames, frames: Frames, warm_up: int) -> int:
        """Write what is held up to the seam; give the number of the first frame behind it."""
        planned = self._planned
        back = place_of_agreement(held, planned, frames, warm_up)
        if back is None:
            back = _place_that_fits(held, planned, frames, warm_up)
            self.seams.fitted += 1
        elif back:
            self.seams.walked += 1
        else:
            self.seams.exact += 1
        needed = frames.side_info(warm_up - back).main_data_begin
        lay_before(held, planned - back, bytes_before(frames, warm_up - back, needed))
        self.music.write(held, 0, planned - back)
        return warm_up - back


def place_of_agreement(old: Frames, old_end: int, new: Frames, new_end: int) -> int | None:
    """Look for a seam where both agree, backwards from the one that is planned.

    Args:
        old: The frames before it.
        old_end: Which of them would be the first one that is not written.
        new: The frames behind it.
        new_end: Which of them would be the first one that is written: the same frame of the recording.

    Returns:
        How far back it is; `None` where they agree nowhere.
    """
    alike = 0
    for back in range(min(old_end, new_end) + 1):
        before, behind = old_end - back, new_end - back
        there = before < len(old) and behind < len(new)
        alike = alike + 1 if there and old.head(before) == new.head(behind) else 0
        if alike > AGREEMENT and _fits(old, before + AGREEMENT, new, behind + AGREEMENT):
            return back - AGREEMENT
    return None


def _place_that_fits(old: Frames, old_end: int, new: Frames, new_end: int) -> int:
    """Look backwards for a seam where the new piece's reservoir can be laid over the old one's."""
    for back in range(min(old_end, new_end - _FEWEST_WARM) + 1):
        if _fits(old, old_end - back, new, new_end - back):
            return back
    raise SeamError(f"none of {new_end} frames fits on to the piece before")


def _fits(old: Frames, before: int, new: Frames, behind: int) -> bool:
    if before > len(old) or behind >= len(new):
        return False
    needed = new.side_info(behind).main_data_begin
    return needed <= room_before(old, before) and len(bytes_before(new, behind, needed)) == needed
