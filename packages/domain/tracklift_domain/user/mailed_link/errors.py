"""What can go wrong with links in mails."""

from typing import ClassVar

from tracklift_domain.errors import DomainError
from tracklift_domain.identifiers import UserId


class InvalidMailedTokenError(DomainError):
    """The token was not issued here, has another purpose, or its account is gone. Which, is not disclosed."""

    code: ClassVar[str] = "invalid_link"

    def __init__(self) -> None:
        super().__init__(
            "This link is not valid: open it exactly as it is in the mail, or ask for a new one."
        )


class MailedTokenExpiredError(DomainError):
    """The token has expired."""

    code: ClassVar[str] = "link_expired"

    def __init__(self) -> None:
        super().__init__("This link has expired: ask for a new one.")


class MailedTokenUsedError(DomainError):
    """The token, or another one of the same purpose, was used before."""

    code: ClassVar[str] = "link_used"

    def __init__(self) -> None:
        super().__init__("This link, or one that came with another mail, was used before: ask for a new one.")


class TooManyMailedTokensError(DomainError):
    """The user has reached the limit of unexpired tokens of the purpose. The caller is not told."""

    code: ClassVar[str] = "too_many_links"

    def __init__(self, user_id: UserId) -> None:
        super().__init__(f"User {user_id} was mailed as many links as one may have at a time.")
        self.user_id = user_id
