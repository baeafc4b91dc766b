"""Opens a session for a user whom a provider has identified."""

from tracklift_domain.clock import Clock
from tracklift_domain.identifiers import IdentifierSource, UserId
from tracklift_domain.user.email_address import EmailAddress
from tracklift_domain.user.errors import EmailTakenError, StaleUserError, UserNotFoundError
from tracklift_domain.user.events import UserEmailVerified
from tracklift_domain.user.ports import UserRepository
from tracklift_domain.user.registration.registration import RegistrationPolicy
from tracklift_domain.user.session.errors import AccountDisabledError
from tracklift_domain.user.session.session import TokenPair
from tracklift_domain.user.session.session_keeper import SessionKeeper
from tracklift_domain.user.sign_in_provider.errors import (
    AddressNotVerifiedError,
    AddressNotVerifiedHereError,
    ExternalIdentityNotFoundError,
    ExternalIdentityTakenError,
)
from tracklift_domain.user.sign_in_provider.external_identity import ExternalIdentity, ProviderAccount
from tracklift_domain.user.sign_in_provider.ports import ExternalIdentityRepository
from tracklift_domain.user.user import NO_PASSWORD, User


class OpenProviderSession:
    """Gives tokens to the owner of an account at a provider, found by issuer and subject, the first time by address.

    An address links the accounts only if both sides have verified it. Otherwise, an attacker who signs up at a provider
    with the address of another person would get that person's account, or one who signed up here with that address
    would share the account once its owner signs in.
    """

    def __init__(
        self,
        *,
        users: UserRepository,
        identities: ExternalIdentityRepository,
        sessions: SessionKeeper,
        clock: Clock,
        identifiers: IdentifierSource,
        policy: RegistrationPolicy,
    ) -> None:
        self._users = users
        self._identities = identities
        self._sessions = sessions
        self._clock = clock
        self._identifiers = identifiers
        self._policy = policy

    async def __call__(self, account: ProviderAccount, device: str | None) -> TokenPair:
        """Open a session on a device.

        Raises:
            AddressNotVerifiedError, AddressNotVerifiedHereError: it is the first sign-in, and no address links it.
            RegistrationClosedError, InvitationRequiredError, EmailDomainNotAllowedError: there is no account, and
                none may be made.
            AccountDisabledError: the account is disabled.
        """
        while True:
            try:
                return await self._open(await self._user_of(account), device)
            except (EmailTakenError, ExternalIdentityTakenError, StaleUserError, UserNotFoundError):
                # Another request did the same, or deleted the account, since the look-up.
                continue

    async def _open(self, user: User, device: str | None) -> TokenPair:
        if user.is_disabled:
            raise AccountDisabledError
        tokens = await self._sessions.open(user, device)
        # Once more, now that there is a session: a disabling ends only those that it finds.
        if (await self._users.get(user.id)).is_disabled:
            await self._sessions.discard(tokens)
            raise AccountDisabledError
        return tokens

    async def _user_of(self, account: ProviderAccount) -> User:
        try:
            identity = await self._identities.get(account.issuer, account.subject)
        except ExternalIdentityNotFoundError:
            return await self._link(account)
        return await self._users.get(identity.user_id)

    async def _link(self, account: ProviderAccount) -> User:
        email = account.verified_email
        if email is None:
            raise AddressNotVerifiedError
        try:
            user = await self._users.get_by_email(email)
        except UserNotFoundError:
            return await self._sign_up(account, email)
        if user.is_unclaimed:
            # An admin made it for the owner of the address, and no other user can have used it.
            user = user.with_verified_email(self._clock.now())
            await self._users.replace(user, [UserEmailVerified.of(user, self._clock.now())])
        if user.email_verified_at is None:
            raise AddressNotVerifiedHereError
        await self._identities.add(self._identity(account, user.id))
        return user

    async def _sign_up(self, account: ProviderAccount, email: EmailAddress) -> User:
        self._policy.check_open()
        self._policy.check_domain(email)
        now = self._clock.now()
        user = User(
            id=UserId(self._identifiers.new()),
            email=email,
            password_hash=NO_PASSWORD,
            created_at=now,
            email_verified_at=now,
        )
        verified = UserEmailVerified.of(user, now)
        await self._identities.add_with_user(self._identity(account, user.id), user, [verified])
        return user

    def _identity(self, account: ProviderAccount, user_id: UserId) -> ExternalIdentity:
        return ExternalIdentity(
            issuer=account.issuer,
            subject=account.subject,
            user_id=user_id,
            created_at=self._clock.now(),
        )
