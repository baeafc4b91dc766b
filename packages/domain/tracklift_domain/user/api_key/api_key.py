"""API keys, with which scripts act for a user without logging in."""

import hashlib
import re
import string
import zlib
from dataclasses import dataclass
from datetime import datetime

from tracklift_domain.identifiers import ApiKeyId, UserId
from tracklift_domain.user.access.scope import Scope
from tracklift_domain.user.api_key.errors import InvalidApiKeyError

API_KEY_PREFIX = "tl_"
_DIGITS = string.digits + string.ascii_uppercase + string.ascii_lowercase
_SECRET_LENGTH = 43
"""Digits of base 62 for 256 bits."""
_CHECKSUM_LENGTH = 6
"""Digits of base 62 for 32 bits."""
_TEXT = re.compile(
    rf"({API_KEY_PREFIX}[0-9A-Za-z]{{{_SECRET_LENGTH}}})([0-9A-Za-z]{{{_CHECKSUM_LENGTH}}})", re.ASCII
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiKey:
    """A key as it is stored: without its text, which is shown only when the key is made."""

    id: ApiKeyId
    user_id: UserId
    name: str
    """Chosen by the user, to tell keys apart."""
    scopes: frozenset[Scope]
    key_hash: str
    """The SHA-256 of the text in hexadecimal digits, by which the key is found."""
    created_at: datetime
    expires_at: datetime | None = None
    last_used_at: datetime | None = None
    """Rounded down to the hour, so that use costs one write an hour and does not record a user's activity."""


def write_api_key(secret: str) -> str:
    """Make the text of a key out of a random secret of at least 256 bits.

    The form is that of GitHub's tokens: prefix, random digits of base 62, and the CRC-32 of both in the same digits. So
    secret scanners recognize it, and a truncated or mistyped text is rejected without a look-up.
    """
    number = int.from_bytes(hashlib.sha256(secret.encode()).digest())
    body = API_KEY_PREFIX + _in_base_62(number, _SECRET_LENGTH)
    return body + _checksum(body)


def hash_api_key(text: str) -> str:
    """Hash the text of a key, to look it up. SHA-256 suffices: the text is random, so it can't be guessed.

    Raises:
        InvalidApiKeyError: the text does not have the form of a key, or its checksum is wrong.
    """
    parts = _TEXT.fullmatch(text)
    if parts is None:
        raise InvalidApiKeyError("it is malformed.", "Send it whole, as it was shown.")
    if parts[2] != _checksum(parts[1]):
        raise InvalidApiKeyError("its checksum is wrong.", "Send it whole, as it was shown.")
    return hashlib.sha256(text.encode()).hexdigest()


def _checksum(body: str) -> str:
    return _in_base_62(zlib.crc32(body.encode()), _CHECKSUM_LENGTH)


def _in_base_62(number: int, length: int) -> str:
    digits = []
    for _ in range(length):
        number, digit = divmod(number, len(_DIGITS))
        digits.append(_DIGITS[digit])
    return "".join(reversed(digits))
