"""What can go wrong with passwords."""

from typing import ClassVar

from tracklift_domain.errors import DomainError


class WeakPasswordError(DomainError):
    """The password may not be used."""

    code: ClassVar[str] = "weak_password"

    def __init__(self, reason: str) -> None:
        super().__init__(f"This password can't be used: {reason}")
        self.reason = reason


class WrongPasswordError(DomainError):
    """The present password of a user who is logged in is another one."""

    code: ClassVar[str] = "wrong_password"

    def __init__(self) -> None:
        super().__init__("The present password is wrong.")


class TooManyLogInsError(DomainError):
    """As many log-ins for this address are being checked as may be at once. Whether it has an account is not said."""

    code: ClassVar[str] = "too_many_log_ins"

    def __init__(self) -> None:
        super().__init__("Too many are logging in with this address right now: try again in a few seconds.")
