"""Identifiers and secrets from the machine's random numbers."""

import secrets
import uuid

from typing_extensions import override

from tracklift_domain.identifiers import IdentifierSource

_SECRET_BYTES = 32


class RandomIdentifiers(IdentifierSource):
    """Makes identifiers as UUIDs of version 4 without hyphens (RFC 9562, section 5.4)."""

    @override
    def new(self) -> str:
        return uuid.uuid4().hex

    @override
    def secret(self) -> str:
        return secrets.token_urlsafe(_SECRET_BYTES)
