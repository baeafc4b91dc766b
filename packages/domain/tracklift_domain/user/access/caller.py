"""Who makes a request, and the access token that names the caller."""

from dataclasses import dataclass, field
from datetime import datetime

from tracklift_domain.identifiers import SessionId, UserId
from tracklift_domain.user.access.errors import InsufficientRoleError, InsufficientScopeError
from tracklift_domain.user.access.scope import Scope
from tracklift_domain.user.email_address import EmailAddress
from tracklift_domain.user.role import Role


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """Who makes a request, as a verified access token or API key tells."""

    user_id: UserId
    email: EmailAddress
    email_verified: bool = False
    """Whether it was proved, when the token was signed, that the user gets the address's mail."""
    session_id: SessionId | None = None
    """The session that the token belongs to, if it says so, or the id of the API key: what it opened ends with it."""
    expires_at: datetime | None = field(default=None, compare=False)
    """When the time of the token or key is over; `None` if it has no end, or if neither named the caller."""
    scopes: frozenset[Scope] | None = None
    """What the API key allows; `None`: the user is logged in and may do everything."""
    role: Role = Role.USER
    """As it was when the token was signed, or the API key was looked up."""
    issued_at: datetime | None = field(default=None, compare=False)
    """When the token was signed; `None` for an API key."""

    def require(self, scope: Scope | None) -> None:
        """Refuse an API key without the scope, or any API key where no scope is enough (`None`).

        Raises:
            InsufficientScopeError: the caller lacks the scope.
        """
        if self.scopes is not None and (scope is None or scope not in self.scopes):
            raise InsufficientScopeError(scope)

    def require_role(self, role: Role) -> None:
        """Refuse a user of a lower role, as the token names it; one that was taken away ends the token in seconds.

        Raises:
            InsufficientScopeError: an API key called.
            InsufficientRoleError: the role is a lower one.
        """
        self.require(None)
        if not self.role.includes(role):
            raise InsufficientRoleError(role)


@dataclass(frozen=True, slots=True, kw_only=True)
class AccessToken:
    """A signed access token and how long it lasts from now, in seconds."""

    value: str
    expires_in: int
