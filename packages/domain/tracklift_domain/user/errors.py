"""What can go wrong with users and their credentials."""

from typing import ClassVar

from tracklift_domain.errors import DomainError
from tracklift_domain.identifiers import UserId


class InvalidEmailAddressError(DomainError):
    """The text is not an e-mail address."""

    code: ClassVar[str] = "invalid_email"

    def __init__(self) -> None:
        super().__init__("This is not a valid e-mail address: write it as name@example.org.")


class EmailTakenError(DomainError):
    """Another user has this address."""

    code: ClassVar[str] = "email_taken"

    def __init__(self) -> None:
        super().__init__("This e-mail address has an account already: log in instead.")


class UserNotFoundError(DomainError):
    """There is no such user."""

    code: ClassVar[str] = "user_not_found"

    def __init__(self, user: UserId | str) -> None:
        super().__init__(f"There is no user {user}.")
        self.user = user


class StaleUserError(DomainError):
    """The user was changed by another request since it was read."""

    code: ClassVar[str] = "stale_user"

    def __init__(self, user_id: UserId) -> None:
        super().__init__(f"User {user_id} was changed meanwhile.")
        self.user_id = user_id


class InvalidQuotaError(DomainError):
    """The value of a user's limit is out of range."""

    code: ClassVar[str] = "invalid_quota"

    def __init__(self, field: str, largest: int) -> None:
        super().__init__(f"{field} is a number from 0 to {largest}.")
        self.field = field
