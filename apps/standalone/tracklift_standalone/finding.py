"""What `tracklift doctor` found."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Finding:
    """What was looked at; `fix` says what to do when it is wrong, `None` when all is well."""

    what: str
    fix: str | None = None
