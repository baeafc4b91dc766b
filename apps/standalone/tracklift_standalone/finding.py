"""What `tracklift doctor` found."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Finding:
    """What was looked at; `mend` says what to do when it is wrong, `None` when all is well."""

    what: str
    mend: str | None = None
