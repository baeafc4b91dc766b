"""What can go wrong with API keys."""

from typing import ClassVar

from tracklift_domain.errors import DomainError
from tracklift_domain.identifiers import ApiKeyId
from tracklift_domain.user.access.errors import (
    InvalidTokenError,
)


class InvalidApiKeyError(InvalidTokenError):
    """The API key was not issued here, was altered, or was revoked."""

    code: ClassVar[str] = "invalid_api_key"
    credential: ClassVar[str] = "API key"

    def __init__(
        self, reason: str = "it is not known, or was revoked.", advice: str = "Make a new one."
    ) -> None:
        super().__init__(reason, advice)


class ApiKeyExpiredError(InvalidApiKeyError):
    """The API key has expired."""

    code: ClassVar[str] = "api_key_expired"

    def __init__(self) -> None:
        super().__init__("it has expired.")


class InvalidApiKeyFieldError(DomainError):
    """A field of a new API key is not valid."""

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
    """The user has reached the limit of API keys, expired ones included."""

    code: ClassVar[str] = "too_many_api_keys"

    def __init__(self, most: int) -> None:
        super().__init__(f"You have {most} API keys, which is as many as one may have: delete one first.")
        self.most = most
