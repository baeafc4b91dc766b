"""What can go wrong with signing in at a provider."""

from typing import ClassVar

from tracklift_domain.errors import DomainError


class ProviderNotFoundError(DomainError):
    """There is no sign-in provider of this name."""

    code: ClassVar[str] = "provider_not_found"

    def __init__(self, provider: str) -> None:
        super().__init__("There is no such sign-in provider.")
        self.provider = provider


class SignInAttemptLostError(DomainError):
    """A provider's answer belongs to no attempt of this browser: it is too old, was used, or is for another one."""

    code: ClassVar[str] = "sign_in_expired"

    def __init__(self) -> None:
        super().__init__("This sign-in was begun too long ago, or in another browser: begin again.")


class ProviderRefusedError(DomainError):
    """The provider did not sign the user in, or rejects the code as used, expired or foreign."""

    code: ClassVar[str] = "sign_in_refused"

    def __init__(self, reason: str) -> None:
        """Take the reason as a sentence that continues after a colon."""
        super().__init__(f"The provider did not sign you in: {reason} Begin again.")
        self.reason = reason


class InvalidIdTokenError(ProviderRefusedError):
    """The provider's statement about the user can't be trusted."""

    code: ClassVar[str] = "invalid_id_token"


class NoDeviceSignInError(DomainError):
    """The provider does not offer sign-in on devices without a browser, or not to Tracklift."""

    code: ClassVar[str] = "no_device_sign_in"

    def __init__(self) -> None:
        super().__init__(
            "This provider does not let you sign in from a program: sign in on the page, and make an API key there."
        )


class DeviceSignInPendingError(DomainError):
    """The user has not signed in at the provider yet: ask again after the interval (RFC 8628, section 3.5)."""

    code: ClassVar[str] = "authorization_pending"

    def __init__(self) -> None:
        super().__init__("You have not signed in at the provider yet.")


class SlowDownError(DomainError):
    """The device polls too often, and must wait five seconds longer from now on (RFC 8628, section 3.5)."""

    code: ClassVar[str] = "slow_down"

    def __init__(self) -> None:
        super().__init__("That was asked too often: wait five seconds longer each time.")


class DeviceCodeExpiredError(DomainError):
    """The user took too long, or the code was not issued here."""

    code: ClassVar[str] = "expired_token"

    def __init__(self) -> None:
        super().__init__("This sign-in was begun too long ago: begin again.")


class AddressNotVerifiedError(DomainError):
    """The provider gives no verified address, which the first sign-in needs."""

    code: ClassVar[str] = "address_not_verified"

    def __init__(self) -> None:
        super().__init__(
            "The provider does not say that your e-mail address is verified: have it verified there, and begin again."
        )


class AddressNotVerifiedHereError(DomainError):
    """The account with this address never verified it, so it may be another person's."""

    code: ClassVar[str] = "address_not_verified_here"

    def __init__(self) -> None:
        super().__init__(
            "Your e-mail address has an account here, but was never verified: reset its password by mail, and "
            "begin again."
        )


class ExternalIdentityNotFoundError(DomainError):
    """No user signs in with this account of a provider."""

    code: ClassVar[str] = "identity_not_found"

    def __init__(self, issuer: str, subject: str) -> None:
        super().__init__("No user signs in with this account.")
        self.issuer = issuer
        self.subject = subject


class ExternalIdentityTakenError(DomainError):
    """A user already signs in with this account of a provider."""

    code: ClassVar[str] = "identity_taken"

    def __init__(self) -> None:
        super().__init__("A user signs in with this account already.")
