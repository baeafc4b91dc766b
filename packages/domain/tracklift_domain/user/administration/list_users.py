"""Lists users."""

from collections.abc import Sequence
from dataclasses import dataclass

from tracklift_domain.user.email_address import EmailAddress
from tracklift_domain.user.ports import UserRepository
from tracklift_domain.user.user import User


@dataclass(frozen=True, slots=True, kw_only=True)
class UserPage:
    """Some users in the order of their addresses."""

    users: Sequence[User]
    next: EmailAddress | None
    """The address after which the next page begins; `None` on the last page."""


class ListUsers:
    """Lists users for an admin."""

    def __init__(self, *, users: UserRepository) -> None:
        self._users = users

    async def __call__(
        self, *, search: str = "", after: EmailAddress | None = None, limit: int = 50
    ) -> UserPage:
        """Give a page of the users whose address contains the text, ignoring case."""
        found = await self._users.list_by_email(search=search.strip().lower(), after=after, limit=limit + 1)
        shown = found[:limit]
        return UserPage(users=shown, next=shown[-1].email if len(found) > limit else None)
