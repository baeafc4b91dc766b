"""Changes the password of a user who is logged in."""

from tracklift_domain.clock import Clock
from tracklift_domain.user.access.caller import Caller
from tracklift_domain.user.access.events import SessionsEnded
from tracklift_domain.user.errors import StaleUserError
from tracklift_domain.user.password.password_check import PasswordCheck
from tracklift_domain.user.password.password_rules import PasswordRules
from tracklift_domain.user.password.ports import PasswordHasher
from tracklift_domain.user.ports import UserRepository
from tracklift_domain.user.session.ports import SessionRepository


class ChangePassword:
    """Replaces the caller's password, given the current one, and ends all other sessions.

    API keys stay: their owner can see and revoke them. Sessions that were begun with the old password during the
    change end after it (`LogIn` checks again).
    """

    def __init__(
        self,
        *,
        require_password: PasswordCheck,
        users: UserRepository,
        sessions: SessionRepository,
        hasher: PasswordHasher,
        passwords: PasswordRules,
        clock: Clock,
    ) -> None:
        self._require_password = require_password
        self._users = users
        self._sessions = sessions
        self._hasher = hasher
        self._passwords = passwords
        self._clock = clock

    async def __call__(self, caller: Caller, present: str, new: str) -> None:
        """Change the password.

        Raises:
            InsufficientScopeError: an API key called.
            WrongPasswordError: the current password is wrong.
            WeakPasswordError: the new password is too weak.
            TooManyLogInsError: too many passwords of this user are being checked.
            TooBusyError: too many passwords are being checked.
            UserNotFoundError: the account was deleted while the access token is still valid.
        """
        await self._change(caller, present, new)
        await self._end_others(caller)

    async def _change(self, caller: Caller, present: str, new: str) -> None:
        while True:
            user = await self._require_password(caller, present)
            self._passwords.check(new, user.email)
            changed = user.with_password_hash(await self._hasher.hash(new))
            # Also before the change: a request that breaks off after it can't be repeated with the same passwords.
            await self._end_others(caller)
            try:
                await self._users.replace(changed)
            except StaleUserError:
                # Another request changed the user, perhaps the password: everything is checked again.
                continue
            return

    async def _end_others(self, caller: Caller) -> None:
        now = self._clock.now()
        others = [
            session
            for session in await self._sessions.list_of(caller.user_id)
            if session.id != caller.session_id
        ]
        for session in others:
            await self._sessions.remove(session.id, [SessionsEnded.of(caller.user_id, session.id, now)])
