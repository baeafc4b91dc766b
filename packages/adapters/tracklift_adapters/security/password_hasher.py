"""Passwords hashed by Argon2id."""

import unicodedata
from collections.abc import Callable
from datetime import timedelta
from typing import TypeVar

from argon2 import PasswordHasher as Argon2
from argon2 import Type
from argon2.exceptions import HashingError, VerificationError, VerifyMismatchError
from argon2.low_level import error_to_str
from typing_extensions import override

from tracklift_adapters.security.hashing_threads import HashingThreads
from tracklift_domain.errors import ServiceUnavailableError
from tracklift_domain.user.password.ports import PasswordHasher

T = TypeVar("T")
_SERVICE = "Password hashing"
_NO_RESOURCES = frozenset({error_to_str(-22), error_to_str(-33)})
"""Argon2's errors for memory that can't be allocated and threads that can't be started."""


class Argon2PasswordHasher(PasswordHasher):
    """Hashes with Argon2id, by default with the second recommended option of RFC 9106, section 4.

    That is 3 passes over 64 MiB in 4 lanes, a salt of 128 and a tag of 256 bits: about 0.2 s of one core. At most
    `threads` hashings run at once, so they need `threads` × `memory` at the most. Blocks of more than 32 MiB are mapped
    by themselves (glibc, mallopt(3), M_MMAP_THRESHOLD), so the system has them back after each hashing.
    """

    def __init__(  # the parameters of Argon2, and those of the queue
        self,
        *,
        passes: int = 3,
        memory: int = 65536,
        lanes: int = 4,
        threads: int = 2,
        waiting: int = 16,
        longest_wait: timedelta = timedelta(seconds=5),
    ) -> None:
        """Take `memory` in KiB. At most `waiting` hashings wait for a thread, none for more than `longest_wait`.

        By default 16 are done in about 2 s; on a slower machine, a client is told after 5 s to try again.
        """
        self._argon2 = Argon2(
            time_cost=passes, memory_cost=memory, parallelism=lanes, hash_len=32, salt_len=16, type=Type.ID
        )
        self._threads = HashingThreads(_SERVICE, threads=threads, waiting=waiting, longest_wait=longest_wait)

    def close(self) -> None:
        """Wait for the hashings under way and end the threads. Closing twice is not an error."""
        self._threads.close()

    @override
    async def hash(self, password: str) -> str:
        return await self._run(lambda: self._argon2.hash(_bytes(password)))

    @override
    async def verify(self, password: str, password_hash: str) -> bool:
        return await self._run(lambda: self._verify(password, password_hash))

    @override
    def needs_rehash(self, password_hash: str) -> bool:
        try:
            return self._argon2.check_needs_rehash(password_hash)
        except ValueError:
            return True

    def _verify(self, password: str, password_hash: str) -> bool:
        try:
            return self._argon2.verify(password_hash, _bytes(password))
        except (VerifyMismatchError, ValueError):
            return False
        except VerificationError as error:
            if str(error) in _NO_RESOURCES:
                raise
            return False

    async def _run(self, call: Callable[[], T]) -> T:
        try:
            return await self._threads.run(call)
        except (HashingError, VerificationError) as error:
            raise ServiceUnavailableError(_SERVICE, str(error)) from error


def _bytes(password: str) -> bytes:
    # JSON can carry half of a surrogate pair: such a password is as good as any other.
    return unicodedata.normalize("NFC", password).encode("utf-8", "surrogatepass")
