"""Which parts of a video's sound are missing, and how much may be missing."""

import math
from collections.abc import Iterable
from dataclasses import dataclass

from tracklift_domain.extraction.errors import ExtractionError
from tracklift_domain.extraction.failure import FailureCode

WORST_SHARE = 0.1
"""The largest share of the sound that may be lost. A memory card drops a few percent; if a file lacks more, its user
should know that before an MP3 is made of it."""
_TOUCHING = 0.001
"""Seconds: two losses at most this far apart count as one."""
_LEAST = 0.001
"""Seconds: anything less, but above 0, is rounded up to this."""
MOST_PLACES = 100
"""How many places of damage are kept, so that a record stays small."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Damage:
    """Sound that could not be decoded and is silent in the MP3, or that belongs to a missing part at the end."""

    seconds: float
    """Missing seconds in total, as far as known; above 0 unless only an unknown amount is missing."""
    at: tuple[float, ...]
    """Positions in the MP3 (seconds) at which sound is missing, ascending; only the first `MOST_PLACES`."""
    cut_off: float | None = None
    """How many of `seconds` belong to a missing part at the end: the recording broke off, for example because the
    recorder crashed. `None`: nothing is missing at the end; 0.0: something is, but it is not known how much."""

    @property
    def silent(self) -> float:
        """How many of `seconds` are silent in the MP3."""
        return max(0.0, round(self.seconds - (self.cut_off or 0.0), 3))


def damage_of_part(
    lost: Iterable[tuple[float, float]], *, start: float, made: float, missing: float | None
) -> Damage | None:
    """Add up what is missing from an MP3; return `None` if nothing is. Adjacent losses become one place.

    Args:
        lost: Losses in the source's sound, each a position and a duration in seconds, in order.
        start: Position in the source's sound (seconds) at which the MP3 begins.
        made: Seconds of the MP3.
        missing: Seconds that the file lacks after the end of the MP3, 0 if unknown; `None`: nothing is missing there.
    """
    places: list[float] = []
    seconds, end = 0.0, -math.inf
    for place, length in lost:
        first, last = max(0.0, place - start), min(place + length - start, made)
        if first >= last:
            continue
        if first > end + _TOUCHING:
            places.append(round(first, 3))
        end = last
        seconds += last - first
    if missing is not None:
        places.append(round(made, 3))
    if not places:
        return None
    cut_off = None if missing is None else _told(missing)
    return Damage(
        seconds=round(_told(seconds) + (cut_off or 0.0), 3), at=tuple(places[:MOST_PLACES]), cut_off=cut_off
    )


def _told(seconds: float) -> float:
    """Round to milliseconds, but never to 0, which would mean that nothing or an unknown amount is missing."""
    return max(round(seconds, 3), _LEAST) if seconds > 0 else 0.0


def check_damage(damage: Damage | None, made: float) -> None:
    """Refuse an MP3 of `made` seconds if too much of it is missing: a broken one is never passed off as complete.

    A missing part at the end of a recording that broke off does not count, however long it is.

    Raises:
        ExtractionError: `corrupt_media`.
    """
    if damage is not None and damage.silent > WORST_SHARE * made:
        raise ExtractionError(
            FailureCode.CORRUPT_MEDIA,
            f"{damage.silent:.2f} of {made:.2f} seconds of the audio could not be decoded: the file is damaged or "
            "incomplete. Use another copy of it.",
        )
