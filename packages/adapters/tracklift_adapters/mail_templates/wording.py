"""Figures and names as people read them."""

from datetime import UTC, datetime

_WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
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
    """Write a number of bytes with a decimal prefix of the SI: 3.4 MB."""
    if size < 1000:
        return "1 byte" if size == 1 else f"{size:.0f} bytes"
    for unit in ("kB", "MB", "GB"):
        size /= 1000
        # What would be rounded to 1000.0 belongs to the next unit.
        if size < 999.95:
            return f"{size:.1f} {unit}"
    return f"{size / 1000:.1f} TB"


def duration_in_words(seconds: float) -> str:
    """Write a duration to the second: 1 h 02 min 03 s."""
    minutes, second = divmod(round(seconds), 60)
    hours, minute = divmod(minutes, 60)
    if hours:
        return f"{hours} h {minute:02} min {second:02} s"
    if minute:
        return f"{minute} min {second:02} s"
    return f"{second} s" if second else "less than 1 s"


def loss_in_words(seconds: float) -> str:
    """Write a loss to the hundredth of a second, and never as nothing: 0.35 seconds."""
    return f"{max(seconds, 0.01):.2f} seconds"


def about_in_words(seconds: float) -> str:
    """Write an estimate to the tenth of a second, or to the second from a minute on, and never as nothing."""
    if seconds < 59.95:
        return f"about {max(seconds, 0.1):.1f} seconds"
    return f"about {duration_in_words(seconds)}"


def utc_time_in_words(rfc3339: str) -> str:
    """Write a time to the minute, in UTC and, whatever the machine's language, in English.

    Raises:
        ValueError: it is not a time with an offset, as RFC 3339 writes it.
    """
    time = datetime.fromisoformat(rfc3339)
    if time.tzinfo is None:
        raise ValueError(f"{rfc3339!r} has no offset")
    time = time.astimezone(UTC)
    day = f"{_WEEKDAYS[time.weekday()]}, {time.day} {_MONTHS[time.month - 1]} {time.year}"
    return f"{day}, {time:%H:%M} UTC"


def one_line(text: str) -> str:
    """Fold white space, line breaks and all that can't be printed into single spaces.

    That takes out line breaks, with which a name could pass for the mail's own words, and the characters that reverse
    the direction of writing, with which its ending could be hidden.
    """
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())
