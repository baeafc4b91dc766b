"""A user's second factor: one-time codes of an app (TOTP, RFC 6238), and recovery codes in case it is lost."""

import base64
import hashlib
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from tracklift_domain.identifiers import UserId

RECOVERY_CODES = 10
_RECOVERY_BYTES = 10
LONGEST_CODE = 64
"""Characters of a code with the spaces and hyphens that a user may type."""
_FREE_FAILURES = 4
_FIRST_WAIT = timedelta(seconds=30)
_LONGEST_WAIT = timedelta(minutes=15)
"""RFC 4226, section 7.3, asks to slow guesses down. A guess meets one of three codes out of a million, so 96 guesses a
day find one within a year with a chance of 10 %; they take the password, and the user who has it waits no longer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SecondFactor:
    """The secret that the user's app shares with the server, and which of its codes were used."""

    user_id: UserId
    secret: str
    """In base 32 (RFC 4648), 160 random bits (RFC 4226, section 4)."""
    created_at: datetime
    confirmed_at: datetime | None = None
    """When its user entered the first code. It is not required before that."""
    last_step: int = -1
    """The time step of the newest code that was accepted: no code is accepted twice (RFC 6238, section 5.2)."""
    recovery_hashes: frozenset[str] = frozenset()
    """SHA-256 of the unused recovery codes in hexadecimal digits. Each code has 80 random bits."""
    failures: int = 0
    """Wrong codes since the last correct one."""
    failed_at: datetime | None = None
    """When the last wrong code was entered."""
    revision: int = 1

    @property
    def is_active(self) -> bool:
        """Whether it is required."""
        return self.confirmed_at is not None

    def wait(self, now: datetime) -> timedelta:
        """Give how long no code is checked: longer with each consecutive wrong one."""
        if self.failed_at is None or self.failures <= _FREE_FAILURES:
            return timedelta(0)
        doubled = min(self.failures - _FREE_FAILURES - 1, 10)
        lasts: timedelta = min(_FIRST_WAIT * 2**doubled, _LONGEST_WAIT)
        return max(timedelta(0), min(lasts, self.failed_at + lasts - now))

    def confirmed(self, now: datetime, recovery_hashes: frozenset[str]) -> "SecondFactor":
        """Activate it once its first code was accepted; part of the same revision."""
        return replace(self, confirmed_at=now, recovery_hashes=recovery_hashes)

    def with_step(self, step: int) -> "SecondFactor":
        """Accept the code of a time step, and from then on none of earlier time steps."""
        return replace(self, last_step=step, failures=0, failed_at=None, revision=self.revision + 1)

    def without_recovery_code(self, used: str) -> "SecondFactor":
        """Accept a recovery code by its hash, only once."""
        left = self.recovery_hashes - {used}
        return replace(self, recovery_hashes=left, failures=0, failed_at=None, revision=self.revision + 1)

    def with_failure(self, now: datetime) -> "SecondFactor":
        """Note a wrong code."""
        return replace(self, failures=self.failures + 1, failed_at=now, revision=self.revision + 1)


def write_recovery_code(secret: str) -> str:
    """Make a recovery code of a random secret: 16 characters of base 32, which has no 0 and 1, in groups of four."""
    text = base64.b32encode(hashlib.sha256(secret.encode()).digest()[:_RECOVERY_BYTES]).decode()
    return "-".join(text[place : place + 4] for place in range(0, len(text), 4))


def plain_code(code: str) -> str:
    """Normalize a code for comparison: in capitals, without spaces and hyphens."""
    return code.replace(" ", "").replace("-", "").upper()


def hash_recovery_code(code: str) -> str:
    """Hash a recovery code for storage and comparison. SHA-256 suffices: it is random, so it can't be guessed."""
    return hashlib.sha256(plain_code(code).encode()).hexdigest()
