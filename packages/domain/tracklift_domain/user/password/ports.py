"""What passwords need from the outside world."""

from abc import abstractmethod
from collections.abc import Collection
from typing import Protocol


class PasswordHasher(Protocol):
    """Hashes passwords slowly, on purpose; the number of hashings at once, and of those that wait, is bounded.

    A password is taken in Unicode's form NFC, so that keyboards that compose letters differently type the same one.

    Raises:
        ServiceUnavailableError: from `hash` and `verify`, when there is no memory or thread for it.
        TooBusyError: from both, when too many wait already.
    """

    @abstractmethod
    async def hash(self, password: str) -> str:
        """Hash a password with a new salt."""

    @abstractmethod
    async def verify(self, password: str, password_hash: str) -> bool:
        """Tell whether the password made the hash. An unreadable hash is a mismatch."""

    @abstractmethod
    def needs_rehash(self, password_hash: str) -> bool:
        """Tell whether the hash was made with other parameters than those of today."""


class CommonPasswords(Protocol):
    """Knows the passwords that are guessed first, as they were found in leaks."""

    @abstractmethod
    def contains(self, password: str) -> bool:
        """Tell whether this is one of them. They are in lower case."""


class GuessCounts(Protocol):
    """Counts for all processes, in bounded storage. Accounts and clients are named by hashes, not in the clear.

    Raises:
        ServiceUnavailableError: from every method, when the storage can't be reached.
    """

    @abstractmethod
    async def take(self, account: str) -> float:
        """Count a guess at an account, before it is looked at; or give the seconds to wait, and don't count it.

        So of guesses at the same time no more are looked at than of guesses one after another.
        """

    @abstractmethod
    async def give_back(self, account: str) -> None:
        """Take back one that was counted, as it was no wrong one; the next one need not wait."""

    @abstractmethod
    async def remember(self, known: Collection[str]) -> None:
        """Keep the names of clients, each together with an account in one hash, as known from now on."""

    @abstractmethod
    async def knows(self, known: Collection[str]) -> bool:
        """Tell whether any of these is known."""
