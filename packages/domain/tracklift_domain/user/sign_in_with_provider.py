"""Signs in a user whom a provider names."""

from collections.abc import Mapping

from tracklift_domain.clock import Clock
from tracklift_domain.identifiers import IdentifierSource, UserId
from tracklift_domain.user.email_address import EmailAddress
from tracklift_domain.user.errors import (
    AddressNotVerifiedError,
    AddressNotVerifiedHereError,
    EmailTakenError,
    ExternalIdentityNotFoundError,
    ExternalIdentityTakenError,
    ProviderNotFoundError,
    SignInAttemptLostError,
    UserNotFoundError,
)
from tracklift_domain.user.events import UserEmailVerified
from tracklift_domain.user.external_identity import ExternalIdentity, ProviderAccount
from tracklift_domain.user.ports import ExternalIdentityRepository, IdentityProvider, UserRepository
from tracklift_domain.user.registration import RegistrationPolicy
from tracklift_domain.user.sessions import SessionKeeper
from tracklift_domain.user.sign_in_attempt import ProviderAnswer, SignInAttempt
from tracklift_domain.user.user import NO_PASSWORD, TokenPair, User


class SignInWithProvider:
    """Gives tokens for a provider's answer. An account is found by issuer and subject, the first time by its address.

    An address links only where both sides have verified it. Otherwise somebody who signs up at a provider with the
    address of another person would get that person's account; or somebody who signed up here with that address would
    share the account once its owner signs in.
    """

    def __init__(
        self,
        *,
        providers: Mapping[str, IdentityProvider],
        users: UserRepository,
        identities: ExternalIdentityRepository,
        sessions: SessionKeeper,
        clock: Clock,
        identifiers: IdentifierSource,
        policy: RegistrationPolicy,
    ) -> None:
        self._providers = providers
        self._users = users
        self._identities = identities
        self._sessions = sessions
        self._clock = clock
        self._identifiers = identifiers
        self._policy = policy

    async def __call__(
        self, provider: str, secret: str, answer: ProviderAnswer, device: str | None = None
    ) -> TokenPair:
        """Sign in on a device with the answer that its browser brings, and the secret that it keeps.

        Raises:
            ProviderNotFoundError: there is no such provider.
            SignInAttemptLostError: the answer belongs to no attempt of this browser.
            ProviderRefusedError: the provider refuses, or what it says can't be trusted; its kinds say which.
            AddressNotVerifiedError, AddressNotVerifiedHereError: it is the first sign-in, and no address may link it.
            RegistrationClosedError, EmailDomainNotAllowedError: there is no account, and there may be none.
            ServiceUnavailableError: the provider can't be reached.
        """
        if provider not in self._providers:
            raise ProviderNotFoundError(provider)
        attempt = SignInAttempt(provider=provider, secret=secret)
        # Before anything else of the answer is looked at: it may be another's.
        if not attempt.matches(answer.state):
            raise SignInAttemptLostError
        account = await self._providers[provider].identify(attempt, answer)
        while True:
            try:
                return await self._sessions.open(await self._user_of(account), device)
            except (EmailTakenError, ExternalIdentityTakenError, UserNotFoundError):
                # Somebody else did the same, or deleted the account, since it was looked up.
                continue

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
