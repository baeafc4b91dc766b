"""Changes what a user may do."""

from tracklift_domain.clock import Clock
from tracklift_domain.events import Event
from tracklift_domain.identifiers import UserId
from tracklift_domain.user.access.events import SessionsEnded
from tracklift_domain.user.administration.errors import OwnAccountError
from tracklift_domain.user.errors import StaleUserError
from tracklift_domain.user.events import UserQuotaChanged
from tracklift_domain.user.ports import UserRepository
from tracklift_domain.user.quota import UserQuota
from tracklift_domain.user.role import Role
from tracklift_domain.user.session.ports import SessionRepository
from tracklift_domain.user.user import User


class ChangeUser:
    """Gives a user another role or limits of the user's own, or disables or enables the account.

    Access tokens that name the previous role end. Disabling also ends the sessions; API keys stay, are refused
    meanwhile, and work again once the account is enabled.
    """

    def __init__(self, *, users: UserRepository, sessions: SessionRepository, clock: Clock) -> None:
        self._users = users
        self._sessions = sessions
        self._clock = clock

    async def __call__(
        self,
        user_id: UserId,
        *,
        role: Role | None = None,
        disabled: bool | None = None,
        quota: UserQuota | None = None,
        by: UserId | None = None,
    ) -> User:
        """Change what is given, for an admin or, with `by=None`, the operator. Give the changed user.

        A quota replaces the previous one as a whole. Admins may change their own.

        Raises:
            UserNotFoundError: there is no such user.
            OwnAccountError: an admin would lock themselves out.
        """
        if user_id == by and (role is not None or disabled is not None):
            raise OwnAccountError
        while True:
            user = await self._users.get(user_id)
            changed = self._changed(user, role, quota, disabled=disabled)
            if changed is not user:
                try:
                    await self._users.replace(changed, self._announcements(user, changed))
                except StaleUserError:
                    continue
            if changed.is_disabled:
                # Also if it was disabled before: an earlier attempt may have broken off in between.
                await self._sessions.remove_of(user_id)
            return changed

    def _changed(
        self, user: User, role: Role | None, quota: UserQuota | None, *, disabled: bool | None
    ) -> User:
        if role is not None and role is not user.role:
            user = user.with_role(role)
        if disabled is not None and disabled is not user.is_disabled:
            user = user.disabled(self._clock.now()) if disabled else user.enabled()
        if quota is not None and quota != user.quota:
            user = user.with_quota(quota)
        return user

    def _announcements(self, before: User, after: User) -> list[Event]:
        ended = after.role is not before.role or (after.is_disabled and not before.is_disabled)
        now = self._clock.now()
        return [
            *([SessionsEnded.all_of(after, now)] if ended else []),
            *([UserQuotaChanged.of(after, now)] if after.quota != before.quota else []),
        ]
