"""The operator's commands for users, which need no admin."""

from collections.abc import Sequence
from dataclasses import asdict

from tracklift_auth.use_cases import AuthUseCases
from tracklift_domain.user.email_address import EmailAddress
from tracklift_domain.user.quota import UserQuota
from tracklift_domain.user.role import Role
from tracklift_domain.user.user import User

_PAGE = 500


class UserCommands:
    """Manages users, who are named by address. Each change returns a line that describes it.

    Raises:
        DomainError: from every method, when the change can't be made; its message says why.
    """

    def __init__(self, use_cases: AuthUseCases) -> None:
        self._use_cases = use_cases

    async def list(self, search: str = "") -> Sequence[str]:
        """Give a line for each user whose address contains the text: address, role, state, id and own limits."""
        lines, after = [], None
        while True:
            page = await self._use_cases.list_users()(search=search, after=after, limit=_PAGE)
            lines += [_line(user) for user in page.users]
            after = page.next
            if after is None:
                return lines

    async def create(self, email: str, role: Role, password: str | None) -> str:
        """Create a user. Without a password, the user is mailed a link that sets one."""
        user = await self._use_cases.create_user()(email, role=role, password=password)
        mailed = "sets the password" if password is None else "verifies the address"
        return f"{user.email} is made, as {user.role}. A link that {mailed} is mailed there."

    async def set_role(self, email: str, role: Role) -> str:
        """Give a user another role."""
        user = await self._find(email)
        await self._use_cases.change_user()(user.id, role=role)
        return f"{user.email} is {role} now."

    async def disable(self, email: str) -> str:
        """Disable a user's account."""
        user = await self._find(email)
        await self._use_cases.change_user()(user.id, disabled=True)
        return f"{user.email} is disabled. What is signed in ends within a minute."

    async def enable(self, email: str) -> str:
        """Enable a user's account again."""
        user = await self._find(email)
        await self._use_cases.change_user()(user.id, disabled=False)
        return f"{user.email} is enabled."

    async def set_quota(self, email: str, quota: UserQuota) -> str:
        """Give a user limits of their own, which replace all that were set before."""
        user = await self._find(email)
        changed = await self._use_cases.change_user()(user.id, quota=quota)
        own = _limits(changed.quota)
        return f"{user.email} has {own} now." if own else f"{user.email} has the limits of all users now."

    async def delete(self, email: str) -> str:
        """Delete a user and everything that belongs to the account."""
        user = await self._find(email)
        await self._use_cases.remove_user()(user.id)
        return f"{user.email} is deleted, and so will be all conversions of the account."

    async def reset_password(self, email: str) -> str:
        """Mail a user the link that sets a new password."""
        user = await self._find(email)
        await self._use_cases.send_password_reset()(user.id)
        return f"A link that sets a new password is mailed to {user.email}."

    async def remove_second_factor(self, email: str) -> str:
        """Let a user who has lost the app and the recovery codes log in with only the password."""
        user = await self._find(email)
        await self._use_cases.remove_users_second_factor()(user.id)
        return f"{user.email} logs in with the password alone, and is told by mail."

    async def _find(self, email: str) -> User:
        return await self._use_cases.users().get_by_email(EmailAddress(email))


def _line(user: User) -> str:
    state = "disabled" if user.is_disabled else "verified" if user.email_verified_at else "unverified"
    own = _limits(user.quota)
    return f"{user.email}  {user.role}  {state}  {user.id}" + (f"  {own}" if own else "")


def _limits(quota: UserQuota) -> str:
    return " ".join(f"{name}={limit}" for name, limit in asdict(quota).items() if limit is not None)
