"""What can go wrong with sessions and logging in."""

from typing import ClassVar

from tracklift_domain.errors import DomainError
from tracklift_domain.identifiers import SessionId


class SessionNotFoundError(DomainError):
    """There is no such session, or it has ended."""

    code: ClassVar[str] = "session_not_found"

    def __init__(self, session_id: SessionId) -> None:
        super().__init__("The session has ended: log in again.")
        self.session_id = session_id


class NoSuchSessionError(DomainError):
    """The user has no such session."""

    code: ClassVar[str] = "no_such_session"

    def __init__(self, session_id: SessionId) -> None:
        super().__init__("There is no such session.")
        self.session_id = session_id


class WrongCredentialsError(DomainError):
    """The address or the password is wrong. Which one, is not disclosed."""

    code: ClassVar[str] = "wrong_credentials"

    def __init__(self) -> None:
        super().__init__("The e-mail address or the password is wrong.")


class AccountDisabledError(DomainError):
    """The account is disabled. Only a caller who has proved to own it learns this."""

    code: ClassVar[str] = "account_disabled"

    def __init__(self) -> None:
        super().__init__("This account is disabled: ask the operator.")


class InvalidGrantError(DomainError):
    """The refresh token is unknown, used up, expired or revoked."""

    code: ClassVar[str] = "invalid_grant"

    def __init__(self) -> None:
        super().__init__("The refresh token is not valid any more: log in again.")
