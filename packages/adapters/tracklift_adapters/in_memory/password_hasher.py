from typing_extensions import override

from tracklift_domain.user.ports import PasswordHasher

_SCHEME = "plain$"


class InMemoryPasswordHasher(PasswordHasher):
    """Marks passwords instead of hashing them, so that tests don't wait. Never for real passwords."""

    @override
    async def hash(self, password: str) -> str:
        return _SCHEME + password

    @override
    async def verify(self, password: str, password_hash: str) -> bool:
        return password_hash == _SCHEME + password

    @override
    def needs_rehash(self, password_hash: str) -> bool:
        return not password_hash.startswith(_SCHEME)
