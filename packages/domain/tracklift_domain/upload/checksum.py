"""Checksums that clients send with parts of their videos."""

import hashlib
from collections.abc import AsyncGenerator, AsyncIterable
from dataclasses import dataclass
from enum import StrEnum

from tracklift_domain.closing_stream import closing_stream
from tracklift_domain.upload.errors import ChecksumMismatchError


class ChecksumAlgorithm(StrEnum):
    """The supported algorithms, the best first."""

    SHA256 = "sha256"
    SHA1 = "sha1"
    """Only protects against damage in transit, for which it is still good enough."""

    @property
    def digest_size(self) -> int:
        """Length of a checksum in bytes."""
        return 32 if self is ChecksumAlgorithm.SHA256 else 20


@dataclass(frozen=True, slots=True)
class Checksum:
    """What the bytes of one request must hash to."""

    algorithm: ChecksumAlgorithm
    digest: bytes

    async def verified(self, chunks: AsyncIterable[bytes]) -> AsyncGenerator[bytes, None]:
        """Pass chunks on. Raises `ChecksumMismatchError` after the last one if they don't match the checksum."""
        digest = hashlib.new(self.algorithm.value, usedforsecurity=False)
        async with closing_stream(chunks):
            async for chunk in chunks:
                digest.update(chunk)
                yield chunk
        if digest.digest() != self.digest:
            raise ChecksumMismatchError
