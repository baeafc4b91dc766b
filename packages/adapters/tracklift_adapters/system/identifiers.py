"""Identifiers drawn by the operating system."""

import secrets
from uuid import uuid4

from typing_extensions import override

from tracklift_domain.identifiers import IdentifierSource


class RandomIdentifiers(IdentifierSource):
    """Draws identifiers as UUIDs of version 4, and secrets of 256 bits in base64url, both from the system's source."""

    @override
    def new(self) -> str:
        return uuid4().hex

    @override
    def secret(self) -> str:
        return secrets.token_urlsafe(32)
