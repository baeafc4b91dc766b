"""Passwords as Argon2id hashes."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from argon2 import PasswordHasher as Argon2
from argon2 import Type
from argon2.exceptions import InvalidHashError, VerificationError
from typing_extensions import override

from tracklift_domain.user.ports import PasswordHasher

_T = TypeVar("_T")


class Argon2PasswordHasher(PasswordHasher):
    """Hashes with Argon2id, by default with the second recommended parameters of RFC 9106, section 4.

    They take 64 MiB and three passes, for machines that can't spare 2 GiB a log-in. The four lanes run one after
    another on a busy machine, which changes its time and not its strength. `threads` bounds how many hashings, and
    so how much memory, there is at once; further ones wait.
    """

    def __init__(
        self, *, memory_kib: int = 64 * 1024, passes: int = 3, lanes: int = 4, threads: int = 2
    ) -> None:
        self._argon2 = Argon2(time_cost=passes, memory_cost=memory_kib, parallelism=lanes, type=Type.ID)
        self._threads = ThreadPoolExecutor(threads, thread_name_prefix="argon2")

    def close(self) -> None:
        """Wait for the hashings under way and end the threads. Closing twice is no error."""
        self._threads.shutdown()

    @override
    async def hash(self, password: str) -> str:
        return await self._run(lambda: self._argon2.hash(_bytes(password)))

    @override
    async def verify(self, password: str, password_hash: str) -> bool:
        def matches() -> bool:
            try:
                return self._argon2.verify(password_hash, _bytes(password))
            except (VerificationError, InvalidHashError):
                return False

        return await self._run(matches)

    @override
    def needs_rehash(self, password_hash: str) -> bool:
        try:
            return self._argon2.check_needs_rehash(password_hash)
        except InvalidHashError:
            return True

    async def _run(self, work: Callable[[], _T]) -> _T:
        return await asyncio.get_running_loop().run_in_executor(self._threads, work)


def _bytes(password: str) -> bytes:
    # Lone surrogates can come out of JSON and have no UTF-8; they must be a wrong password, not an error.
    return password.encode("utf-8", "surrogatepass")
