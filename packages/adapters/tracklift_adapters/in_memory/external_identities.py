from collections.abc import Sequence

from typing_extensions import override

from tracklift_adapters.in_memory.users import InMemoryUserRepository
from tracklift_domain.events import Event
from tracklift_domain.identifiers import UserId
from tracklift_domain.user.errors import UserNotFoundError
from tracklift_domain.user.sign_in_provider.errors import (
    ExternalIdentityNotFoundError,
    ExternalIdentityTakenError,
)
from tracklift_domain.user.sign_in_provider.external_identity import ExternalIdentity
from tracklift_domain.user.sign_in_provider.ports import ExternalIdentityRepository
from tracklift_domain.user.user import User


class InMemoryExternalIdentityRepository(ExternalIdentityRepository):
    """Keeps the external identities of an in-memory repository's users, and drops those of a user who is removed."""

    def __init__(self, users: InMemoryUserRepository) -> None:
        self._users = users
        self._identities: dict[tuple[str, str], ExternalIdentity] = {}
        users.when_removed(self._remove_of)

    @override
    async def get(self, issuer: str, subject: str) -> ExternalIdentity:
        try:
            return self._identities[issuer, subject]
        except KeyError as error:
            raise ExternalIdentityNotFoundError(issuer, subject) from error

    @override
    async def list_of(self, user_id: UserId) -> Sequence[ExternalIdentity]:
        owned = [identity for identity in self._identities.values() if identity.user_id == user_id]
        return sorted(owned, key=lambda identity: identity.created_at)

    @override
    async def add(self, identity: ExternalIdentity) -> None:
        self._require_free(identity)
        if identity.user_id not in self._users:
            raise UserNotFoundError(identity.user_id)
        self._identities[identity.issuer, identity.subject] = identity

    @override
    async def add_with_user(
        self, identity: ExternalIdentity, user: User, events: Sequence[Event] = ()
    ) -> None:
        self._require_free(identity)
        await self._users.add(user, events)
        self._identities[identity.issuer, identity.subject] = identity

    def _require_free(self, identity: ExternalIdentity) -> None:
        if (identity.issuer, identity.subject) in self._identities:
            raise ExternalIdentityTakenError

    def _remove_of(self, user_id: UserId) -> None:
        self._identities = {
            key: identity for key, identity in self._identities.items() if identity.user_id != user_id
        }
