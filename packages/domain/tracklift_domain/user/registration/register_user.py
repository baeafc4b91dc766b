"""Signs up a user."""

import logging

from tracklift_domain.clock import Clock
from tracklift_domain.errors import ServiceUnavailableError
from tracklift_domain.identifiers import IdentifierSource, UserId
from tracklift_domain.user.email_address import EmailAddress
from tracklift_domain.user.mailed_link.link_sender import LinkSender
from tracklift_domain.user.password.password_rules import PasswordRules
from tracklift_domain.user.password.ports import PasswordHasher
from tracklift_domain.user.ports import UserRepository
from tracklift_domain.user.registration.registration import RegistrationPolicy
from tracklift_domain.user.user import User

_log = logging.getLogger(__name__)


class RegisterUser:
    """Makes a user with an address and a password, and has a link mailed that verifies the address."""

    def __init__(
        self,
        *,
        users: UserRepository,
        hasher: PasswordHasher,
        passwords: PasswordRules,
        clock: Clock,
        identifiers: IdentifierSource,
        links: LinkSender,
        policy: RegistrationPolicy,
    ) -> None:
        self._users = users
        self._hasher = hasher
        self._passwords = passwords
        self._clock = clock
        self._identifiers = identifiers
        self._links = links
        self._policy = policy

    async def __call__(self, email: str, password: str) -> User:
        """Sign up.

        Raises:
            RegistrationClosedError, InvitationRequiredError: strangers may not sign up.
            EmailDomainNotAllowedError: addresses of this domain may not sign up.
            InvalidEmailAddressError: the address is not valid.
            WeakPasswordError: the password is too weak.
            EmailTakenError: the address has a user.
        """
        self._policy.check_open()
        address = EmailAddress(email)
        self._policy.check_domain(address)
        self._passwords.check(password, address)
        user = User(
            id=UserId(self._identifiers.new()),
            email=address,
            password_hash=await self._hasher.hash(password),
            created_at=self._clock.now(),
        )
        await self._users.add(user)
        try:
            await self._links.send_verification(user)
        except ServiceUnavailableError as error:
            # The account exists, and its user can request the mail again.
            _log.warning("No link is mailed to the new user %s: %s", user.id, error)
        return user
