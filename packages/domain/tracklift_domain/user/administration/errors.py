"""What can go wrong when accounts are administered."""

from typing import ClassVar

from tracklift_domain.errors import DomainError


class OwnAccountError(DomainError):
    """Admins can't lock themselves out, so that one is always left."""

    code: ClassVar[str] = "own_account"

    def __init__(self) -> None:
        super().__init__("This would be your own account: ask another admin.")
