"""Who may sign up."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Self

from tracklift_domain.user.email_address import EmailAddress
from tracklift_domain.user.registration.errors import (
    EmailDomainNotAllowedError,
    InvitationRequiredError,
    RegistrationClosedError,
)

_DOMAIN = re.compile(r"(?!-)[a-z0-9-]+(\.[a-z0-9-]+)*")
"""Letters, digits and hyphens between dots (RFC 1123, section 2.1)."""


class RegistrationMode(StrEnum):
    """How accounts are made, apart from those that the operator or an admin makes."""

    OPEN = "open"
    """Anyone may sign up."""
    INVITED = "invited"
    """Admins invite by mail."""
    CLOSED = "closed"
    """No new accounts."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RegistrationPolicy:
    """Whether strangers may sign up, and with addresses of which domains."""

    mode: RegistrationMode = RegistrationMode.OPEN
    domains: frozenset[str] = field(default_factory=frozenset)
    """In ASCII and lower case; empty: all. Subdomains of an allowed domain are other domains."""

    @classmethod
    def of(cls, *, mode: str, domains: Iterable[str]) -> Self:
        """Make the policy from text. Raises `ValueError` for an unknown mode or an invalid domain."""
        return cls(mode=RegistrationMode(mode), domains=frozenset(map(_domain, domains)))

    def check_open(self) -> None:
        """Raise `RegistrationClosedError` or `InvitationRequiredError` unless strangers may sign up."""
        if self.mode is RegistrationMode.INVITED:
            raise InvitationRequiredError
        self.check_invitations()

    def check_invitations(self) -> None:
        """Raise `RegistrationClosedError` unless users may be invited."""
        if self.mode is RegistrationMode.CLOSED:
            raise RegistrationClosedError

    def check_domain(self, address: EmailAddress) -> None:
        """Refuse an address whose domain is not allowed.

        An internationalized domain is compared by its ASCII form (IDNA), so one that only looks alike is refused.

        Raises:
            EmailDomainNotAllowedError: without the allowed ones, which strangers need not know.
        """
        if not self.domains:
            return
        try:
            allowed = _ascii(address.value.rpartition("@")[2]) in self.domains
        except ValueError:
            allowed = False
        if not allowed:
            raise EmailDomainNotAllowedError


def _ascii(domain: str) -> str:
    # Raises `UnicodeError`, a `ValueError`, for what can't be a host name.
    name = domain.strip().encode("idna").decode("ascii").lower()
    if not name:
        raise ValueError("a domain is empty")
    return name


def _domain(written: str) -> str:
    domain = _ascii(written)
    if not _DOMAIN.fullmatch(domain):
        raise ValueError(f"{written!r} is no domain")
    return domain
