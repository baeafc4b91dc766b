"""The identifiers of the domain and the port that makes new ones."""

from abc import abstractmethod
from typing import NewType, Protocol

ConversionId = NewType("ConversionId", str)
UserId = NewType("UserId", str)
SessionId = NewType("SessionId", str)
EventId = NewType("EventId", str)
MediaId = NewType("MediaId", str)
"""Names one stored file: lower-case letters, digits, `-` and `.`, at most 128 characters."""


class IdentifierSource(Protocol):
    """Makes identifiers that nobody can guess."""

    @abstractmethod
    def new(self) -> str:
        """Make an identifier of 32 lower-case hexadecimal digits with at least 122 random bits (RFC 9562)."""

    @abstractmethod
    def secret(self) -> str:
        """Make a URL-safe secret with at least 256 random bits."""
