"""Password hashes made in no time."""

import hashlib
import secrets
import unicodedata

from typing_extensions import override

from tracklift_domain.user.password.ports import PasswordHasher

_PREFIX = "in-memory"


class InMemoryPasswordHasher(PasswordHasher):
    """Hashes with one round of SHA-256, so that tests are fast. Not secure: such a hash is guessed in no time."""

    @override
    async def hash(self, password: str) -> str:
        return _hash(password, secrets.token_hex(8))

    @override
    async def verify(self, password: str, password_hash: str) -> bool:
        prefix, _, rest = password_hash.partition("$")
        salt, dollar, _ = rest.partition("$")
        return prefix == _PREFIX and bool(dollar) and _hash(password, salt) == password_hash

    @override
    def needs_rehash(self, password_hash: str) -> bool:
        return not password_hash.startswith(f"{_PREFIX}$")


def _hash(password: str, salt: str) -> str:
    text = f"{salt}{unicodedata.normalize('NFC', password)}"
    return f"{_PREFIX}${salt}${hashlib.sha256(text.encode('utf-8', 'surrogatepass')).hexdigest()}"
