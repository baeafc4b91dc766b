"""What `tracklift doctor` found."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Finding:
    """The result of a check; `fix` says how to correct what is wrong, and is `None` if all is well."""

    what: str
    fix: str | None = None
