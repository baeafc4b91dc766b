"""The one table of the HTTP statuses of the domain's errors."""

from tracklift_domain.conversion import errors as conversion
from tracklift_domain.errors import DomainError, ServiceUnavailableError, TooBusyError
from tracklift_domain.extraction import errors as extraction
from tracklift_domain.media import errors as media
from tracklift_domain.messaging import errors as messaging
from tracklift_domain.upload import errors as upload
from tracklift_domain.user import errors as user
from tracklift_domain.user.access import errors as access
from tracklift_domain.user.administration import errors as administration
from tracklift_domain.user.api_key import errors as api_key
from tracklift_domain.user.mailed_link import errors as mailed_link
from tracklift_domain.user.password import errors as password
from tracklift_domain.user.registration import errors as registration
from tracklift_domain.user.second_factor import errors as second_factor
from tracklift_domain.user.session import errors as session
from tracklift_domain.user.sign_in_provider import errors as sign_in_provider

_STATUS: dict[type[DomainError], int] = {
    extraction.InvalidOptionError: 400,
    upload.EmptyUploadError: 400,
    upload.IncompleteUploadError: 400,
    conversion.InvalidNameError: 400,
    conversion.ConversionNotFoundError: 404,
    conversion.PeaksNotFoundError: 404,
    media.MediaNotFoundError: 404,
    messaging.DeadLetterNotFoundError: 404,
    conversion.ConversionExistsError: 409,
    conversion.StaleConversionError: 409,
    conversion.InvalidTransitionError: 409,
    conversion.NotRetryableError: 409,
    upload.UploadInProgressError: 409,
    conversion.AudioNotReadyError: 409,
    conversion.SourceGoneError: 410,
    conversion.AudioExpiredError: 410,
    # Not a 5xx, after which clients and proxies retry: what is lost stays lost.
    media.MediaLostError: 410,
    upload.UploadNotFoundError: 404,
    media.WrongOffsetError: 409,
    upload.UploadFinishedError: 409,
    upload.UploadGoneError: 410,
    conversion.ArchiveTooLargeError: 413,
    media.MediaTooLargeError: 413,
    upload.UploadTooLongError: 413,
    upload.NotAVideoError: 415,
    upload.IdempotencyKeyReusedError: 422,
    upload.UploadLockedError: 423,
    upload.TooManyConversionsError: 429,
    upload.QuotaExceededError: 403,
    conversion.TooManyStreamsError: 429,
    # Defined by tus 1.0; not in IANA's registry.
    upload.ChecksumMismatchError: 460,
    media.OutOfSpaceError: 507,
    user.InvalidEmailAddressError: 400,
    password.WeakPasswordError: 400,
    session.InvalidGrantError: 400,
    session.WrongCredentialsError: 400,
    mailed_link.InvalidMailedTokenError: 400,
    sign_in_provider.SignInAttemptLostError: 400,
    sign_in_provider.ProviderRefusedError: 400,
    sign_in_provider.DeviceSignInPendingError: 400,
    sign_in_provider.SlowDownError: 400,
    sign_in_provider.DeviceCodeExpiredError: 400,
    sign_in_provider.NoDeviceSignInError: 409,
    access.InvalidTokenError: 401,
    access.TokenExpiredError: 401,
    session.SessionNotFoundError: 401,
    password.WrongPasswordError: 400,
    session.NoSuchSessionError: 404,
    api_key.InvalidApiKeyFieldError: 400,
    user.InvalidQuotaError: 400,
    access.InsufficientScopeError: 403,
    access.InsufficientRoleError: 403,
    session.AccountDisabledError: 403,
    administration.OwnAccountError: 409,
    registration.RegistrationClosedError: 403,
    registration.InvitationRequiredError: 403,
    access.UnverifiedAddressError: 403,
    registration.EmailDomainNotAllowedError: 403,
    sign_in_provider.AddressNotVerifiedError: 403,
    second_factor.SecondFactorRequiredError: 400,
    second_factor.WrongSecondFactorError: 400,
    second_factor.SecondFactorNotFoundError: 404,
    second_factor.SecondFactorExistsError: 409,
    second_factor.TooManyWrongCodesError: 429,
    api_key.ApiKeyNotFoundError: 404,
    api_key.TooManyApiKeysError: 409,
    user.UserNotFoundError: 404,
    sign_in_provider.ProviderNotFoundError: 404,
    password.TooManyLogInsError: 429,
    user.EmailTakenError: 409,
    sign_in_provider.AddressNotVerifiedHereError: 409,
    mailed_link.MailedTokenExpiredError: 410,
    mailed_link.MailedTokenUsedError: 410,
    TooBusyError: 503,
    ServiceUnavailableError: 503,
}


def status_of(error: type[DomainError]) -> int:
    """Give the status of an error class, or of its nearest base class; 500 for an unexpected one."""
    for kind in error.__mro__:
        if kind in _STATUS:
            return _STATUS[kind]
    return 500
