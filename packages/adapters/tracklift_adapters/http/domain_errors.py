"""The one table that says which HTTP status an error of the domain has."""

from tracklift_domain.conversion import errors as conversion
from tracklift_domain.errors import DomainError, ServiceUnavailableError, TooBusyError
from tracklift_domain.extraction import errors as extraction
from tracklift_domain.media import errors as media
from tracklift_domain.messaging import errors as messaging
from tracklift_domain.upload import errors as upload
from tracklift_domain.user import errors as user

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
    # Not a 5xx, after which clients and proxies try again: what is lost stays lost.
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
    # Of tus 1.0; no registry has it.
    upload.ChecksumMismatchError: 460,
    media.OutOfSpaceError: 507,
    user.InvalidEmailAddressError: 400,
    user.WeakPasswordError: 400,
    user.InvalidGrantError: 400,
    user.WrongCredentialsError: 400,
    user.InvalidMailedTokenError: 400,
    user.SignInAttemptLostError: 400,
    user.ProviderRefusedError: 400,
    user.DeviceSignInPendingError: 400,
    user.SlowDownError: 400,
    user.DeviceCodeExpiredError: 400,
    user.NoDeviceSignInError: 409,
    user.InvalidTokenError: 401,
    user.TokenExpiredError: 401,
    user.SessionNotFoundError: 401,
    user.WrongPasswordError: 400,
    user.NoSuchSessionError: 404,
    user.InvalidApiKeyFieldError: 400,
    user.InvalidQuotaError: 400,
    user.InsufficientScopeError: 403,
    user.InsufficientRoleError: 403,
    user.AccountDisabledError: 403,
    user.OwnAccountError: 409,
    user.RegistrationClosedError: 403,
    user.InvitationRequiredError: 403,
    user.UnverifiedAddressError: 403,
    user.EmailDomainNotAllowedError: 403,
    user.AddressNotVerifiedError: 403,
    user.SecondFactorRequiredError: 400,
    user.WrongSecondFactorError: 400,
    user.SecondFactorNotFoundError: 404,
    user.SecondFactorExistsError: 409,
    user.TooManyWrongCodesError: 429,
    user.ApiKeyNotFoundError: 404,
    user.TooManyApiKeysError: 409,
    user.UserNotFoundError: 404,
    user.ProviderNotFoundError: 404,
    user.TooManyLogInsError: 429,
    user.EmailTakenError: 409,
    user.AddressNotVerifiedHereError: 409,
    user.MailedTokenExpiredError: 410,
    user.MailedTokenUsedError: 410,
    TooBusyError: 503,
    ServiceUnavailableError: 503,
}


def status_of(error: type[DomainError]) -> int:
    """Give the status of a kind of error, or of the nearest kind above it; 500 for one that should not get out."""
    for kind in error.__mro__:
        if kind in _STATUS:
            return _STATUS[kind]
    return 500
