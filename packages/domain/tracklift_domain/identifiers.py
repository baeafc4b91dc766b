"""The identifiers of the domain and the port that makes new ones."""

import re
from abc import abstractmethod
from typing import NewType, Protocol

ConversionId = NewType("ConversionId", str)
UserId = NewType("UserId", str)
SessionId = NewType("SessionId", str)
ApiKeyId = NewType("ApiKeyId", str)
EventId = NewType("EventId", str)
MediaId = NewType("MediaId", str)
"""Names one stored file: lower-case letters, digits, `-` and `.`, at most 128 characters."""
_MEDIA_ID = re.compile(r"[a-z0-9.-]{1,128}", re.ASCII)


def check_media_id(media_id: MediaId) -> None:
    """Refuse what is not a media id, before a store uses it as a path or key.

    Raises:
        ValueError: with a message that says which characters an id may have.
    """
    if not _MEDIA_ID.fullmatch(media_id):
        raise ValueError(
            f"{media_id!r:.140} is not a media id: it has 1 to 128 lower-case letters, digits, '-' and '.'"
        )


class IdentifierSource(Protocol):
    """Makes identifiers that can't be guessed."""

    @abstractmethod
    def new(self) -> str:
        """Make an identifier of 32 lower-case hexadecimal digits with at least 122 random bits (RFC 9562)."""

    @abstractmethod
    def secret(self) -> str:
        """Make a URL-safe secret with at least 256 random bits."""
