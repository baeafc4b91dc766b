"""The progress of a running extraction."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Progress:
    """The progress of an extraction."""

    fraction: float
    """From 0 to 1."""
    remaining: float | None = None
    """Estimated seconds left; `None` if there is no estimate."""
