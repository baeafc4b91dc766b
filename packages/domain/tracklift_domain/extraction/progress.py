"""How far a running extraction is."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Progress:
    """How far an extraction is."""

    fraction: float
    """From 0 to 1."""
    remaining: float | None = None
    """Estimate of the seconds that are left."""
