"""Changes the password of a user who is logged in."""

from tracklift_domain.clock import Clock
from tracklift_domain.concurrency_limit import ConcurrencyLimit
from tracklift_domain.user.errors import (
    StaleUserError,
    TooManyLogInsError,
    WrongPasswordError,
)
from tracklift_domain.user.events import SessionsEnded
from tracklift_domain.user.log_in import MOST_PER_ADDRESS
from tracklift_domain.user.password import LONGEST_PASSWORD, check_password, is_text
from tracklift_domain.user.ports import PasswordHasher, SessionRepository, UserRepository
from tracklift_domain.user.user import Caller


class ChangePassword:
    """Gives the user who calls another password for the present one, and ends all other sessions.

    API keys stay: their user can see and revoke them. The sessions end after the password is changed, so that none can
    be begun with the old one in between (`LogIn` looks once more).
    """

    def __init__(
        self,
        *,
        users: UserRepository,
        sessions: SessionRepository,
        hasher: PasswordHasher,
        clock: Clock,
    ) -> None:
        self._users = users
        self._sessions = sessions
        self._hasher = hasher
        self._clock = clock
        self._places = ConcurrencyLimit(MOST_PER_ADDRESS, TooManyLogInsError)

    async def __call__(self, caller: Caller, present: str, new: str) -> None:
        """Change the password.

        Raises:
            InsufficientScopeError: an API key called.
            WrongPasswordError: the present password is another one.
            WeakPasswordError: the new password may not be used.
            TooManyLogInsError: too many passwords of this user are being checked.
            TooBusyError: too many passwords are being checked.
            UserNotFoundError: the account was deleted while the access token still holds.
        """
        caller.require(None)
        if len(present) > LONGEST_PASSWORD or not is_text(present):
            raise WrongPasswordError
        with self._places.one_for(caller.user_id):
            await self._change(caller, present, new)
        await self._end_others(caller)

    async def _change(self, caller: Caller, present: str, new: str) -> None:
        while True:
            user = await self._users.get(caller.user_id)
            check_password(new, user.email)
            if not user.has_password or not await self._hasher.verify(present, user.password_hash):
                raise WrongPasswordError
            try:
                await self._users.replace(user.with_password_hash(await self._hasher.hash(new)))
            except StaleUserError:
                # Changed by another request, the password perhaps: so all is looked at again.
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
            await self._sessions.remove(session.id, [SessionsEnded.of(session, now)])
