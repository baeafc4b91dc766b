"""What API keys may be allowed to do."""

from enum import StrEnum


class Scope(StrEnum):
    """A part of what a user may do with conversions. Neither scope contains the other."""

    CONVERT = "convert"
    """Upload, cancel, retry and delete."""
    READ = "read"
    """List, show, watch and download."""
