"""What passwords need from the outside world."""

from abc import abstractmethod
from collections.abc import Collection
from typing import Protocol


class PasswordHasher(Protocol):
    """Hashes passwords, deliberately slowly. The numbers of concurrent and of waiting hashings are bounded.

    Passwords are normalized to Unicode NFC, since keyboards compose letters differently.

    Raises:
        ServiceUnavailableError: from `hash` and `verify`, when memory or threads are exhausted.
        TooBusyError: from both, when too many are waiting.
    """

    @abstractmethod
    async def hash(self, password: str) -> str:
        """Hash a password with a new salt."""

    @abstractmethod
    async def verify(self, password: str, password_hash: str) -> bool:
        """Tell whether the password made the hash. An unreadable hash does not match."""

    @abstractmethod
    def needs_rehash(self, password_hash: str) -> bool:
        """Tell whether the hash was made with other parameters than the current ones."""


class CommonPasswords(Protocol):
    """Knows the most common passwords of leaks, which are guessed first."""

    @abstractmethod
    def contains(self, password: str) -> bool:
        """Tell whether the password, in lower case, is one of them."""


class GuessCounts(Protocol):
    """Counts guesses for all processes, in bounded storage. Accounts and clients are named by hashes.

    Raises:
        ServiceUnavailableError: from every method, when the storage can't be reached.
    """

    @abstractmethod
    async def take(self, account: str) -> float:
        """Count a guess before the password is checked, and give 0; or give the seconds to wait, and count nothing.

        So concurrent guesses get no further than consecutive ones.
        """

    @abstractmethod
    async def give_back(self, account: str) -> None:
        """Take back a counted guess that was right; the next one need not wait."""

    @abstractmethod
    async def remember(self, known: Collection[str]) -> None:
        """Store clients as known; each name is a hash of a client and an account."""

    @abstractmethod
    async def knows(self, known: Collection[str]) -> bool:
        """Tell whether any of these clients is known."""
