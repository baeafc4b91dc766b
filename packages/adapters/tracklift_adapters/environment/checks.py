"""Checks of values that all classes of settings share."""

from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True, kw_only=True)
class Checked:
    """The base of the checks of combined settings.

    Each class of settings calls `super().__post_init__()` and then checks its own fields, so that a field is checked
    in the same way in every app that has it.
    """

    def __post_init__(self) -> None:
        """Raise `ValueError` if a value is out of range, or requires another one that is missing."""


def require_between(name: str, value: int, lowest: int, highest: int) -> None:
    """Raise `ValueError` unless the setting lies in the range."""
    if not lowest <= value <= highest:
        raise ValueError(f"{name} is from {lowest} to {highest}")


def require_positive(name: str, value: timedelta) -> None:
    """Raise `ValueError` unless the setting is positive."""
    if value <= timedelta(0):
        raise ValueError(f"{name} is more than 0")


def require_web_address(name: str, value: str) -> None:
    """Raise `ValueError` unless the setting is an http or https URL."""
    if not value.startswith(("http://", "https://")):
        raise ValueError(f"{name} begins with http:// or https://")
