"""What can go wrong with second factors."""

from datetime import timedelta
from typing import ClassVar

from tracklift_domain.errors import DomainError


class SecondFactorRequiredError(DomainError):
    """The password is right, but the code of the second factor is missing."""

    code: ClassVar[str] = "second_factor_required"

    def __init__(self) -> None:
        super().__init__("This account has a second factor: send the code that your app shows, too.")


class WrongSecondFactorError(DomainError):
    """The code of the second factor is wrong, was used, or is too old."""

    code: ClassVar[str] = "wrong_second_factor"

    def __init__(self) -> None:
        super().__init__(
            "This code is wrong, or was used: wait for your app's next one, or use a recovery code."
        )


class TooManyWrongCodesError(DomainError):
    """Too many wrong codes were sent; for a while, none is checked."""

    code: ClassVar[str] = "too_many_wrong_codes"

    def __init__(self, retry_after: timedelta) -> None:
        super().__init__("Too many wrong codes were sent: wait before you send another one.")
        self.retry_after = retry_after


class SecondFactorExistsError(DomainError):
    """The user has a second factor."""

    code: ClassVar[str] = "second_factor_exists"

    def __init__(self) -> None:
        super().__init__("This account has a second factor: remove it before you set up another one.")


class SecondFactorNotFoundError(DomainError):
    """The user has no second factor."""

    code: ClassVar[str] = "second_factor_not_found"

    def __init__(self, message: str = "No second factor was set up: begin with that.") -> None:
        super().__init__(message)


class StaleSecondFactorError(DomainError):
    """The second factor was changed by another request since it was read."""

    code: ClassVar[str] = "stale_second_factor"

    def __init__(self) -> None:
        super().__init__("The second factor was changed meanwhile.")
