"""Why a caller is refused."""

from typing import ClassVar

from tracklift_domain.errors import DomainError
from tracklift_domain.user.access.scope import Scope
from tracklift_domain.user.role import Role


class UnverifiedAddressError(DomainError):
    """The address of the account is not verified."""

    code: ClassVar[str] = "unverified_address"

    def __init__(self) -> None:
        super().__init__(
            "Confirm your e-mail address first: follow the link in the mail, or ask for another one."
        )


class InsufficientRoleError(DomainError):
    """The user may not do this."""

    code: ClassVar[str] = "insufficient_role"

    def __init__(self, role: Role) -> None:
        super().__init__(f"This needs the role '{role}'.")
        self.role = role


class InvalidTokenError(DomainError):
    """The access token was not issued here, was altered, or is meant for another audience."""

    code: ClassVar[str] = "invalid_token"
    credential: ClassVar[str] = "access token"

    def __init__(self, reason: str, advice: str = "Log in again.") -> None:
        """Take both as sentences; the first continues after a colon."""
        super().__init__(f"The {self.credential} is not valid: {reason} {advice}")
        self.reason = reason


class TokenExpiredError(InvalidTokenError):
    """The access token has expired."""

    code: ClassVar[str] = "token_expired"

    def __init__(self) -> None:
        super().__init__("it has expired.", "Get a new one with the refresh token, or log in again.")


class InsufficientScopeError(DomainError):
    """The API key does not allow this. `scope` is what it lacks; `None`: no API key allows it."""

    code: ClassVar[str] = "insufficient_scope"

    def __init__(self, scope: Scope | None) -> None:
        super().__init__(
            "This needs a log-in: an API key does not allow it."
            if scope is None
            else f"The API key lacks the scope '{scope}', which this needs."
        )
        self.scope = scope
