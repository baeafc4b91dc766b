"""What can go wrong with passwords."""

from typing import ClassVar

from tracklift_domain.errors import DomainError


class WeakPasswordError(DomainError):
    """The password is too weak."""

    code: ClassVar[str] = "weak_password"

    def __init__(self, reason: str) -> None:
        super().__init__(f"This password can't be used: {reason}")
        self.reason = reason


class WrongPasswordError(DomainError):
    """The current password of a user who is logged in is wrong."""

    code: ClassVar[str] = "wrong_password"

    def __init__(self) -> None:
        super().__init__("The present password is wrong.")


class TooManyLogInsError(DomainError):
    """Too many log-ins for this address are being checked. Whether it has an account is not disclosed."""

    code: ClassVar[str] = "too_many_log_ins"

    def __init__(self) -> None:
        super().__init__("Too many are logging in with this address right now: try again in a few seconds.")
