"""Makes a user on behalf of an admin."""

import logging

from tracklift_domain.clock import Clock
from tracklift_domain.errors import ServiceUnavailableError
from tracklift_domain.identifiers import IdentifierSource, UserId
from tracklift_domain.user.email_address import EmailAddress
from tracklift_domain.user.mailed_link.link_sender import LinkSender
from tracklift_domain.user.password.password_rules import PasswordRules
from tracklift_domain.user.password.ports import PasswordHasher
from tracklift_domain.user.ports import UserRepository
from tracklift_domain.user.role import Role
from tracklift_domain.user.user import NO_PASSWORD, User

_log = logging.getLogger(__name__)


class CreateUser:
    """Makes a user for an admin, whatever the policy of registration.

    Without a password, the user is mailed an invitation to choose one, which verifies the address as well.
    """

    def __init__(
        self,
        *,
        users: UserRepository,
        hasher: PasswordHasher,
        passwords: PasswordRules,
        clock: Clock,
        identifiers: IdentifierSource,
        links: LinkSender,
    ) -> None:
        self._users = users
        self._hasher = hasher
        self._passwords = passwords
        self._clock = clock
        self._identifiers = identifiers
        self._links = links

    async def __call__(self, email: str, *, role: Role = Role.USER, password: str | None = None) -> User:
        """Make the user.

        Raises:
            InvalidEmailAddressError: the address is not valid.
            WeakPasswordError: the password is too weak.
            EmailTakenError: the address has a user.
        """
        address = EmailAddress(email)
        password_hash = NO_PASSWORD
        if password is not None:
            self._passwords.check(password, address)
            password_hash = await self._hasher.hash(password)
        user = User(
            id=UserId(self._identifiers.new()),
            email=address,
            password_hash=password_hash,
            created_at=self._clock.now(),
            role=role,
        )
        await self._users.add(user)
        try:
            if password is None:
                await self._links.send_invitation(user)
            else:
                await self._links.send_verification(user)
        except ServiceUnavailableError as error:
            # The account exists, and the mail can be requested again.
            _log.warning("No link is mailed to the new user %s: %s", user.id, error)
        return user
