"""Reasons why a user may not sign up."""

from typing import ClassVar

from tracklift_domain.errors import DomainError


class RegistrationClosedError(DomainError):
    """Registration is closed."""

    code: ClassVar[str] = "registration_closed"

    def __init__(self) -> None:
        super().__init__("New accounts can't be made here: ask the operator for one.")


class InvitationRequiredError(DomainError):
    """Accounts are by invitation only."""

    code: ClassVar[str] = "invitation_required"

    def __init__(self) -> None:
        super().__init__("Accounts are made here by invitation: ask the operator for one.")


class EmailDomainNotAllowedError(DomainError):
    """Addresses of this domain may not sign up."""

    code: ClassVar[str] = "email_domain_not_allowed"

    def __init__(self) -> None:
        super().__init__("Accounts can't be made here with an address of this domain.")
