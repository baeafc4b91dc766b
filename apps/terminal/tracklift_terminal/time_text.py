"""Times as people write them."""

import re

import typer

_TIME = re.compile(r"(?:(?:(\d{1,4}):)?(\d{1,6}):)?(\d{1,9}(?:\.\d{0,9})?|\.\d{1,9})", re.ASCII)


def read_time(text: str | float) -> float:
    """Read seconds, minutes and seconds, or hours, minutes and seconds: 90, 1:30, 1:02:03.5.

    Raises:
        typer.BadParameter: it is none of these.
    """
    if isinstance(text, float | int):
        return float(text)
    found = _TIME.fullmatch(text.strip())
    if found is None:
        raise typer.BadParameter(f"{text!r} is no time: write seconds, or 1:02:03.5.")
    hours, minutes, seconds = found.groups()
    if (minutes is not None and float(seconds) >= 60) or (hours is not None and int(minutes) >= 60):
        raise typer.BadParameter(f"{text!r} is no time: minutes and seconds behind a colon are below 60.")
    return int(hours or 0) * 3600 + int(minutes or 0) * 60 + float(seconds)
