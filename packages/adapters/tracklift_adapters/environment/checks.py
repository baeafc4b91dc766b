"""What every settings class does and may ask of a value."""

from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True, kw_only=True)
class Checked:
    """Ends the chain of checks that settings are combined of.

    Each class of settings calls `super().__post_init__()` and then checks its own fields, so that a field is checked
    the same in every app that has it.
    """

    def __post_init__(self) -> None:
        """Raise `ValueError` when a value is out of range, or lacks another one."""


def require_between(name: str, value: int, lowest: int, highest: int) -> None:
    """Raise `ValueError` unless the setting lies in the range."""
    if not lowest <= value <= highest:
        raise ValueError(f"{name} is from {lowest} to {highest}")


def require_positive(name: str, value: timedelta) -> None:
    """Raise `ValueError` unless the setting is more than nothing."""
    if value <= timedelta(0):
        raise ValueError(f"{name} is more than 0")


def require_web_address(name: str, value: str) -> None:
    """Raise `ValueError` unless the setting is a URL of the web."""
    if not value.startswith(("http://", "https://")):
        raise ValueError(f"{name} begins with http:// or https://")
