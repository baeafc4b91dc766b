"""What can go wrong with users and their credentials."""

from datetime import timedelta
from typing import ClassVar

from tracklift_domain.errors import DomainError
from tracklift_domain.identifiers import ApiKeyId, SessionId, UserId
from tracklift_domain.user.role import Role
from tracklift_domain.user.scope import Scope


class InvalidEmailAddressError(DomainError):
    """The text is not an e-mail address."""

    code: ClassVar[str] = "invalid_email"

    def __init__(self) -> None:
        super().__init__("This is not a valid e-mail address: write it as name@example.org.")


class WeakPasswordError(DomainError):
    """The password may not be used."""

    code: ClassVar[str] = "weak_password"

    def __init__(self, reason: str) -> None:
        super().__init__(f"This password can't be used: {reason}")
        self.reason = reason


class EmailTakenError(DomainError):
    """Another user has this address."""

    code: ClassVar[str] = "email_taken"

    def __init__(self) -> None:
        super().__init__("This e-mail address has an account already: log in instead.")


class RegistrationClosedError(DomainError):
    """Registration is closed."""

    code: ClassVar[str] = "registration_closed"

    def __init__(self) -> None:
        super().__init__("New accounts can't be made here: ask the operator for one.")


class InvitationRequiredError(DomainError):
    """Only who is invited may have an account."""

    code: ClassVar[str] = "invitation_required"

    def __init__(self) -> None:
        super().__init__("Accounts are made here by invitation: ask the operator for one.")


class UnverifiedAddressError(DomainError):
    """The user has not proved to get the mail of the account's address."""

    code: ClassVar[str] = "unverified_address"

    def __init__(self) -> None:
        super().__init__(
            "Confirm your e-mail address first: follow the link in the mail, or ask for another one."
        )


class EmailDomainNotAllowedError(DomainError):
    """Addresses of this domain may not sign up."""

    code: ClassVar[str] = "email_domain_not_allowed"

    def __init__(self) -> None:
        super().__init__("Accounts can't be made here with an address of this domain.")


class UserNotFoundError(DomainError):
    """There is no such user."""

    code: ClassVar[str] = "user_not_found"

    def __init__(self, user: UserId | str) -> None:
        super().__init__(f"There is no user {user}.")
        self.user = user


class StaleUserError(DomainError):
    """The user was changed by somebody else since it was read."""

    code: ClassVar[str] = "stale_user"

    def __init__(self, user_id: UserId) -> None:
        super().__init__(f"User {user_id} was changed meanwhile.")
        self.user_id = user_id


class SessionNotFoundError(DomainError):
    """There is no such session, or it has ended."""

    code: ClassVar[str] = "session_not_found"

    def __init__(self, session_id: SessionId) -> None:
        super().__init__("The session has ended: log in again.")
        self.session_id = session_id


class NoSuchSessionError(DomainError):
    """The user has no such session."""

    code: ClassVar[str] = "no_such_session"

    def __init__(self, session_id: SessionId) -> None:
        super().__init__("There is no such session.")
        self.session_id = session_id


class WrongPasswordError(DomainError):
    """The present password of a user who is logged in is another one."""

    code: ClassVar[str] = "wrong_password"

    def __init__(self) -> None:
        super().__init__("The present password is wrong.")


class WrongCredentialsError(DomainError):
    """Address and password don't belong together; which of them is wrong is not said."""

    code: ClassVar[str] = "wrong_credentials"

    def __init__(self) -> None:
        super().__init__("The e-mail address or the password is wrong.")


class AccountDisabledError(DomainError):
    """The account may not be used. Only who has proved to own it is told."""

    code: ClassVar[str] = "account_disabled"

    def __init__(self) -> None:
        super().__init__("This account is disabled: ask the operator.")


class InsufficientRoleError(DomainError):
    """The user may not do this."""

    code: ClassVar[str] = "insufficient_role"

    def __init__(self, role: Role) -> None:
        super().__init__(f"This needs the role '{role}'.")
        self.role = role


class OwnAccountError(DomainError):
    """Admins can't take from themselves what lets them in; so one is always left."""

    code: ClassVar[str] = "own_account"

    def __init__(self) -> None:
        super().__init__("This would be your own account: ask another admin.")


class TooManyLogInsError(DomainError):
    """As many log-ins for this address are being checked as may be at once. Whether it has an account is not said."""

    code: ClassVar[str] = "too_many_log_ins"

    def __init__(self) -> None:
        super().__init__("Too many are logging in with this address right now: try again in a few seconds.")


class InvalidGrantError(DomainError):
    """The refresh token is unknown, used up, expired or revoked."""

    code: ClassVar[str] = "invalid_grant"

    def __init__(self) -> None:
        super().__init__("The refresh token is not valid any more: log in again.")


class InvalidTokenError(DomainError):
    """The access token was not made here, was altered, or is for something else."""

    code: ClassVar[str] = "invalid_token"
    credential: ClassVar[str] = "access token"

    def __init__(self, reason: str, advice: str = "Log in again.") -> None:
        """Take both as sentences, the first of which goes on behind a colon."""
        super().__init__(f"The {self.credential} is not valid: {reason} {advice}")
        self.reason = reason


class TokenExpiredError(InvalidTokenError):
    """The access token's time is over."""

    code: ClassVar[str] = "token_expired"

    def __init__(self) -> None:
        super().__init__("it has expired.", "Get a new one with the refresh token, or log in again.")


class InvalidApiKeyError(InvalidTokenError):
    """The API key was not made here, was altered, or was revoked."""

    code: ClassVar[str] = "invalid_api_key"
    credential: ClassVar[str] = "API key"

    def __init__(
        self, reason: str = "it is not known, or was revoked.", advice: str = "Make a new one."
    ) -> None:
        super().__init__(reason, advice)


class ApiKeyExpiredError(InvalidApiKeyError):
    """The API key's time is over."""

    code: ClassVar[str] = "api_key_expired"

    def __init__(self) -> None:
        super().__init__("it has expired.")


class InsufficientScopeError(DomainError):
    """The API key does not allow this. `scope` is what it lacks; `None`: no API key allows it."""

    code: ClassVar[str] = "insufficient_scope"

    def __init__(self, scope: Scope | None) -> None:
        super().__init__(
            "This needs a log-in: an API key does not allow it."
            if scope is None
            else f"The API key lacks the scope '{scope}', which this needs."
        )
        self.scope = scope


class InvalidApiKeyFieldError(DomainError):
    """A new API key can't be made so. `field` names what is wrong with it."""

    code: ClassVar[str] = "invalid_request"

    def __init__(self, field: str, reason: str) -> None:
        super().__init__(f"{field}: {reason}")
        self.field = field
        self.reason = reason


class ApiKeyNotFoundError(DomainError):
    """The user has no such API key."""

    code: ClassVar[str] = "api_key_not_found"

    def __init__(self, key_id: ApiKeyId | str) -> None:
        super().__init__("There is no such API key.")
        self.key_id = key_id


class TooManyApiKeysError(DomainError):
    """The user has as many API keys as one may have, expired ones included."""

    code: ClassVar[str] = "too_many_api_keys"

    def __init__(self, most: int) -> None:
        super().__init__(f"You have {most} API keys, which is as many as one may have: delete one first.")
        self.most = most


class InvalidMailedTokenError(DomainError):
    """The token was not made here, or is for something else, or its account is gone; which is not said."""

    code: ClassVar[str] = "invalid_link"

    def __init__(self) -> None:
        super().__init__(
            "This link is not valid: open it exactly as it is in the mail, or ask for a new one."
        )


class MailedTokenExpiredError(DomainError):
    """The token's time is over."""

    code: ClassVar[str] = "link_expired"

    def __init__(self) -> None:
        super().__init__("This link has expired: ask for a new one.")


class MailedTokenUsedError(DomainError):
    """The token was used before, or another one of the same purpose was."""

    code: ClassVar[str] = "link_used"

    def __init__(self) -> None:
        super().__init__("This link, or one that came with another mail, was used before: ask for a new one.")


class TooManyMailedTokensError(DomainError):
    """The user has as many unexpired tokens of the purpose as one may have. The caller is not told."""

    code: ClassVar[str] = "too_many_links"

    def __init__(self, user_id: UserId) -> None:
        super().__init__(f"User {user_id} was mailed as many links as one may have at a time.")
        self.user_id = user_id


class ProviderNotFoundError(DomainError):
    """There is no sign-in provider of this name."""

    code: ClassVar[str] = "provider_not_found"

    def __init__(self, provider: str) -> None:
        super().__init__("There is no such sign-in provider.")
        self.provider = provider


class SignInAttemptLostError(DomainError):
    """A provider's answer belongs to no attempt of this browser: it is too old, was used, or is another's."""

    code: ClassVar[str] = "sign_in_expired"

    def __init__(self) -> None:
        super().__init__("This sign-in was begun too long ago, or in another browser: begin again.")


class ProviderRefusedError(DomainError):
    """The provider did not sign in the user, or takes the code for used, expired or another's."""

    code: ClassVar[str] = "sign_in_refused"

    def __init__(self, reason: str) -> None:
        """Take the reason as a sentence that goes on behind a colon."""
        super().__init__(f"The provider did not sign you in: {reason} Begin again.")
        self.reason = reason


class InvalidIdTokenError(ProviderRefusedError):
    """What the provider says about the user can't be trusted."""

    code: ClassVar[str] = "invalid_id_token"


class NoDeviceSignInError(DomainError):
    """The provider lets no user sign in on a device without a browser, or not for Tracklift."""

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
    """The device asks too often: five seconds more between two questions from now on (RFC 8628, section 3.5)."""

    code: ClassVar[str] = "slow_down"

    def __init__(self) -> None:
        super().__init__("That was asked too often: wait five seconds longer each time.")


class DeviceCodeExpiredError(DomainError):
    """The user took too long, or the code is none that was given out here."""

    code: ClassVar[str] = "expired_token"

    def __init__(self) -> None:
        super().__init__("This sign-in was begun too long ago: begin again.")


class AddressNotVerifiedError(DomainError):
    """The provider tells no address that it has verified, which the first sign-in needs."""

    code: ClassVar[str] = "address_not_verified"

    def __init__(self) -> None:
        super().__init__(
            "The provider does not say that your e-mail address is verified: have it verified there, and begin again."
        )


class AddressNotVerifiedHereError(DomainError):
    """The address has an account here whose address was never verified: it may be another person's."""

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
    """A user signs in with this account of a provider already."""

    code: ClassVar[str] = "identity_taken"

    def __init__(self) -> None:
        super().__init__("A user signs in with this account already.")


class SecondFactorRequiredError(DomainError):
    """The password is right, and the user has a second factor, of which no code came."""

    code: ClassVar[str] = "second_factor_required"

    def __init__(self) -> None:
        super().__init__("This account has a second factor: send the code that your app shows, too.")


class WrongSecondFactorError(DomainError):
    """The code of the second factor is another one, was used, or is too old."""

    code: ClassVar[str] = "wrong_second_factor"

    def __init__(self) -> None:
        super().__init__(
            "This code is wrong, or was used: wait for your app's next one, or use a recovery code."
        )


class TooManyWrongCodesError(DomainError):
    """Too many wrong codes came, so that none is looked at for a while."""

    code: ClassVar[str] = "too_many_wrong_codes"

    def __init__(self, retry_after: timedelta) -> None:
        super().__init__("Too many wrong codes were sent: wait before you send another one.")
        self.retry_after = retry_after


class SecondFactorExistsError(DomainError):
    """The user has a second factor."""

    code: ClassVar[str] = "second_factor_exists"

    def __init__(self) -> None:
        super().__init__("This account has a second factor: remove it before you set up another one.")


class SecondFactorNotFoundError(DomainError):
    """The user has no second factor."""

    code: ClassVar[str] = "second_factor_not_found"

    def __init__(self, message: str = "No second factor was set up: begin with that.") -> None:
        super().__init__(message)


class StaleSecondFactorError(DomainError):
    """The second factor was changed by somebody else since it was read."""

    code: ClassVar[str] = "stale_second_factor"

    def __init__(self) -> None:
        super().__init__("The second factor was changed meanwhile.")


class InvalidQuotaError(DomainError):
    """A limit of a user's is to be what no limit can be."""

    code: ClassVar[str] = "invalid_quota"

    def __init__(self, field: str, largest: int) -> None:
        super().__init__(f"{field} is a number from 0 to {largest}.")
        self.field = field
