"""What proves who is calling, and where it is kept."""

import threading
import time
from abc import abstractmethod
from dataclasses import dataclass
from typing import Protocol

from tracklift_client.models.accounts import TokenAnswer

_EARLY = 30.0
"""Seconds before its end at which an access token is renewed, so that it does not expire on its way."""


@dataclass(frozen=True, slots=True)
class Tokens:
    """An access token, until when it holds (seconds since 1970), and the refresh token for the next one."""

    access_token: str
    refresh_token: str
    expires_at: float

    @classmethod
    def of(cls, answer: TokenAnswer) -> "Tokens":
        """Take what the server gave just now."""
        return cls(answer.access_token, answer.refresh_token, time.time() + answer.expires_in)

    @property
    def end_soon(self) -> bool:
        """Whether it is time for new ones."""
        return time.time() > self.expires_at - _EARLY


class TokenStore(Protocol):
    """Keeps the tokens of one log-in. A refresh token is single-use: only the holder of the lock may use it."""

    @abstractmethod
    def read(self) -> Tokens | None:
        """Give the tokens that are kept."""

    @abstractmethod
    def write(self, tokens: Tokens | None) -> None:
        """Keep these from now on, or none."""

    @abstractmethod
    def try_lock(self) -> bool:
        """Lock the store if it is free, and tell whether it is locked now."""

    @abstractmethod
    def unlock(self) -> None:
        """Let others lock it."""


class MemoryTokens(TokenStore):
    """Keeps tokens as long as the program runs."""

    def __init__(self, tokens: Tokens | None = None) -> None:
        self._tokens = tokens
        self._lock = threading.Lock()

    def read(self) -> Tokens | None:
        return self._tokens

    def write(self, tokens: Tokens | None) -> None:
        self._tokens = tokens

    def try_lock(self) -> bool:
        return self._lock.acquire(blocking=False)

    def unlock(self) -> None:
        self._lock.release()
