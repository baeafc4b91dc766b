"""Figures in words for people."""

from datetime import UTC, datetime

_UNITS = ("bytes", "kB", "MB", "GB", "TB")
_MONTHS = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)


def size_in_words(size: float) -> str:
    """Write a number of bytes with a decimal unit (1 kB is 1000 bytes): `3.4 MB`."""
    value, unit = float(size), 0
    # 999.95 and more would be rounded to four digits.
    while value >= 999.95 and unit < len(_UNITS) - 1:
        value, unit = value / 1000, unit + 1
    return f"{value:.0f} {_UNITS[unit]}" if unit == 0 else f"{value:.1f} {_UNITS[unit]}"


def playing_time(seconds: float) -> str:
    """Write a duration: `1 h 02 min 03 s`."""
    hours, rest = divmod(round(seconds), 3600)
    minutes, left = divmod(rest, 60)
    if hours:
        return f"{hours} h {minutes:02} min {left:02} s"
    return f"{minutes} min {left:02} s" if minutes else f"{left} s"


def moment_in_words(moment: datetime) -> str:
    """Write a moment in UTC: `8 March 2026, 09:31 UTC`."""
    there = moment.astimezone(UTC)
    return f"{there.day} {_MONTHS[there.month - 1]} {there.year}, {there:%H:%M} UTC"
