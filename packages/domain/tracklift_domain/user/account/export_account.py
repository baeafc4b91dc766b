"""Exports the data of an account."""

from collections.abc import Sequence
from dataclasses import dataclass

from tracklift_domain.user.access.caller import Caller
from tracklift_domain.user.api_key.api_key import ApiKey
from tracklift_domain.user.api_key.ports import ApiKeyRepository
from tracklift_domain.user.ports import UserRepository
from tracklift_domain.user.session.ports import SessionRepository
from tracklift_domain.user.session.session import Session
from tracklift_domain.user.sign_in_provider.external_identity import ExternalIdentity
from tracklift_domain.user.sign_in_provider.ports import ExternalIdentityRepository
from tracklift_domain.user.user import User


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountData:
    """The data of one account, including expired sessions and keys that are still stored."""

    user: User
    sessions: Sequence[Session]
    api_keys: Sequence[ApiKey]
    identities: Sequence[ExternalIdentity]


class ExportAccount:
    """Collects the caller's data. Conversions are listed elsewhere, page by page."""

    def __init__(
        self,
        *,
        users: UserRepository,
        sessions: SessionRepository,
        keys: ApiKeyRepository,
        identities: ExternalIdentityRepository,
    ) -> None:
        self._users = users
        self._sessions = sessions
        self._keys = keys
        self._identities = identities

    async def __call__(self, caller: Caller) -> AccountData:
        """Collect.

        Raises:
            InsufficientScopeError: an API key called.
            UserNotFoundError: the account was deleted while the access token is still valid.
        """
        caller.require(None)
        user_id = caller.user_id
        return AccountData(
            user=await self._users.get(user_id),
            sessions=await self._sessions.list_of(user_id),
            api_keys=await self._keys.list_of(user_id),
            identities=await self._identities.list_of(user_id),
        )
