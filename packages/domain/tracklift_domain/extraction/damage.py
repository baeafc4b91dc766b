"""What is missing of a video's sound, and how much may be."""

import math
from collections.abc import Iterable
from dataclasses import dataclass

from tracklift_domain.extraction.errors import ExtractionError
from tracklift_domain.extraction.failure import FailureCode

WORST_SHARE = 0.1
"""Of the sound that may be lost. What a memory card drops is a few percent; of a file that lacks more a user should
know before anything is made of it."""
_TOUCHING = 0.001
"""Seconds between two losses that are one."""
_LEAST = 0.001
"""Seconds, to which less is rounded up."""
MOST_PLACES = 100
"""Places that are kept of a damage, so that a record stays small."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Damage:
    """Sound that could not be decoded and is silent in the MP3, or that lies in a part at the end which is missing."""

    seconds: float
    """In all, as far as it is known; above 0, unless all that is missing is of an unknown number."""
    at: tuple[float, ...]
    """Seconds of the MP3 at which it is missing, ascending, the first `MOST_PLACES` of them."""
    cut_off: float | None = None
    """Of the seconds, those in a part at the end that the file lacks: a recording that broke off, as when a recorder
    crashed. `None`: nothing is missing at the end; 0.0: something is, but it is not known how much."""

    @property
    def silent(self) -> float:
        """Of the seconds, those that are silent in the MP3."""
        return max(0.0, round(self.seconds - (self.cut_off or 0.0), 3))


def damage_of_part(
    lost: Iterable[tuple[float, float]], *, start: float, made: float, missing: float | None
) -> Damage | None:
    """Add up what is missing of an MP3; `None`: nothing is. Losses that touch become one place.

    Args:
        lost: Of the source's sound, each a second and a duration in seconds, in their order.
        start: Second of the source's sound at which the MP3 begins.
        made: Seconds of the MP3.
        missing: Seconds behind the MP3's end that the file lacks, 0 for an unknown number; `None`: it lacks none.
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
    """Round to milliseconds, but never to 0, as that would say that nothing is missing, or that it is not known."""
    return max(round(seconds, 3), _LEAST) if seconds > 0 else 0.0


def check_damage(damage: Damage | None, made: float) -> None:
    """Refuse an MP3 of `made` seconds of which too much is missing: what is broken is never passed off as whole.

    What lies behind the end of a recording that broke off does not count, however much it is.

    Raises:
        ExtractionError: `corrupt_media`.
    """
    if damage is not None and damage.silent > WORST_SHARE * made:
        raise ExtractionError(
            FailureCode.CORRUPT_MEDIA,
            f"{damage.silent:.2f} of {made:.2f} seconds of the audio could not be decoded: the file is damaged or "
            "incomplete. Use another copy of it.",
        )
