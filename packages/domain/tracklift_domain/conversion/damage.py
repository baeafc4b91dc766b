"""What is missing of a video's sound, and how much may be."""

from collections.abc import Iterable
from dataclasses import dataclass

from tracklift_domain.conversion.errors import ExtractionError
from tracklift_domain.conversion.failure import FailureCode

WORST_SHARE = 0.1
"""Of the sound that may be lost. What a memory card drops is a few percent; of a file that lacks more a user should
know before anything is made of it."""
MOST_PLACES = 100
"""Places that are kept of a damage, so that a record stays small."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Damage:
    """Sound that could not be decoded and is silence in the MP3, or that lay in a part which the file lacks."""

    seconds: float
    """In all."""
    at: tuple[float, ...]
    """Seconds of the MP3 at which it is missing, ascending, the first `MOST_PLACES` of them."""


def total_damage(lost: Iterable[tuple[float, float]]) -> Damage | None:
    """Add up losses, each a place and its length in seconds, in the order of their places; `None` for none.

    Losses that touch become one.
    """
    places: list[float] = []
    seconds, end = 0.0, float("-inf")
    for place, length in lost:
        if place > end + 0.001:
            places.append(round(place, 3))
        end = place + length
        seconds += length
    return Damage(seconds=round(seconds, 3), at=tuple(places[:MOST_PLACES])) if places else None


def check_damage(damage: Damage | None, made: float) -> None:
    """Refuse an MP3 of `made` seconds of which too much is missing: what is broken is never passed off as whole.

    Raises:
        ExtractionError: `corrupt_media`.
    """
    if damage is not None and damage.seconds > WORST_SHARE * made:
        raise ExtractionError(
            FailureCode.CORRUPT_MEDIA,
            f"{damage.seconds:.2f} of {made:.2f} seconds of the audio could not be decoded: the file is damaged or "
            "incomplete. Upload it again from its source.",
        )
