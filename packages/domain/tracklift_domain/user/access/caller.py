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
    """Who makes a request, as named by a verified access token or API key."""

    user_id: UserId
    email: EmailAddress
    email_verified: bool = False
    """Whether the address had been verified when the token was signed."""
    session_id: SessionId | None = None
    """The session of the token, or the id of the API key. Event streams that it opened end with it."""
    expires_at: datetime | None = field(default=None, compare=False)
    """When the token or key expires; `None`: never, or there is neither."""
    scopes: frozenset[Scope] | None = None
    """What the API key allows; `None`: the user is logged in and may do everything."""
    role: Role = Role.USER
    """The role at the time when the token was signed or the API key was looked up."""
    issued_at: datetime | None = field(default=None, compare=False)
    """When the token was signed; `None` for an API key."""

    def require(self, scope: Scope | None) -> None:
        """Refuse an API key that lacks the scope; `None` refuses every API key.

        Raises:
            InsufficientScopeError: the caller lacks the scope.
        """
        if self.scopes is not None and (scope is None or scope not in self.scopes):
            raise InsufficientScopeError(scope)

    def require_role(self, role: Role) -> None:
        """Refuse a user whose token names a lower role. A token ends within seconds of its role being revoked.

        Raises:
            InsufficientScopeError: an API key called.
            InsufficientRoleError: the role is lower.
        """
        self.require(None)
        if not self.role.includes(role):
            raise InsufficientRoleError(role)


@dataclass(frozen=True, slots=True, kw_only=True)
class AccessToken:
    """A signed access token and how long it lasts from now, in seconds."""

    value: str
    expires_in: int
