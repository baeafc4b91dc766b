"""What signing in with a provider needs from the outside world."""

from abc import abstractmethod
from collections.abc import Sequence
from typing import Protocol

from tracklift_domain.events import Event
from tracklift_domain.identifiers import UserId
from tracklift_domain.user.sign_in_provider.device_authorization import (
    DeviceAuthorization,
    PendingDeviceSignIn,
)
from tracklift_domain.user.sign_in_provider.external_identity import ExternalIdentity, ProviderAccount
from tracklift_domain.user.sign_in_provider.sign_in_attempt import ProviderAnswer, SignInAttempt
from tracklift_domain.user.user import User


class ExternalIdentityRepository(Protocol):
    """Keeps which user signs in with which account of a provider, each write atomic and durable once it returns.

    Raises:
        ServiceUnavailableError: from every method, when the storage can't be reached.
    """

    @abstractmethod
    async def get(self, issuer: str, subject: str) -> ExternalIdentity:
        """Give an identity. Both texts are compared byte for byte. Raises `ExternalIdentityNotFoundError`."""

    @abstractmethod
    async def list_of(self, user_id: UserId) -> Sequence[ExternalIdentity]:
        """Give all identities of a user, oldest first."""

    @abstractmethod
    async def add(self, identity: ExternalIdentity) -> None:
        """Store a new identity.

        Raises:
            ExternalIdentityTakenError: issuer and subject have a user.
            UserNotFoundError: its user is gone.
        """

    @abstractmethod
    async def add_with_user(
        self, identity: ExternalIdentity, user: User, events: Sequence[Event] = ()
    ) -> None:
        """Store a new identity, its new user and events in one step.

        Raises:
            ExternalIdentityTakenError: issuer and subject have a user.
            EmailTakenError: another user has the address.
        """


class IdentityProvider(Protocol):
    """Tells who somebody is (OpenID Connect Core 1.0, authorization code flow).

    Raises:
        ServiceUnavailableError: from every method, when the provider can't be reached, does not answer in time, or
            answers what makes no sense.
    """

    @abstractmethod
    async def authorization_url(self, attempt: SignInAttempt) -> str:
        """Give the address at which the provider asks the browser's user to sign in."""

    @abstractmethod
    async def identify(self, attempt: SignInAttempt, answer: ProviderAnswer) -> ProviderAccount:
        """Give the account that an answer to the attempt stands for. The caller has compared the state.

        Raises:
            ProviderRefusedError: the answer is an error or has no code, or the provider does not accept the code.
            InvalidIdTokenError: the ID token is not valid: not signed with a key of the provider, or by another issuer,
                for another client or attempt, or expired.
        """

    @abstractmethod
    async def authorize_device(self, attempt: SignInAttempt) -> DeviceAuthorization:
        """Have the provider give out a code, with which its user can sign in for a device (RFC 8628, section 3.1).

        Raises:
            NoDeviceSignInError: it does not offer this, or not to Tracklift.
        """

    @abstractmethod
    async def identify_on_device(self, attempt: SignInAttempt, device_code: str) -> ProviderAccount:
        """Give the account of the user who has signed in for a device (RFC 8628, section 3.4).

        Raises:
            DeviceSignInPendingError: the user has not yet.
            SlowDownError: it is asked too often.
            DeviceCodeExpiredError: the code has expired, or was used.
            ProviderRefusedError, InvalidIdTokenError: as `identify` does.
        """

    @abstractmethod
    async def check(self) -> None:
        """Ask the provider for what a sign-in needs of it, without one."""


class DeviceCodes(Protocol):
    """Turns a pending sign-in into a code that its device keeps, and back.

    Only who made a code can read or make one. Each process of auth reads those of the others.
    """

    @abstractmethod
    def seal(self, pending: PendingDeviceSignIn) -> str:
        """Make a code of at most 4096 characters that go into a URL; each time another one."""

    @abstractmethod
    def unseal(self, code: str) -> PendingDeviceSignIn:
        """Give what a code was made of, expired or not. Raises `DeviceCodeExpiredError` if it is no such code."""
