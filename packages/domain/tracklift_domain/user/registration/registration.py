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
    """How accounts come to be, beside those that the operator or an admin makes."""

    OPEN = "open"
    """Anyone may sign up."""
    INVITED = "invited"
    """Admins invite by mail."""
    CLOSED = "closed"
    """Not at all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RegistrationPolicy:
    """Whether strangers may sign up, and with addresses of which domains."""

    mode: RegistrationMode = RegistrationMode.OPEN
    domains: frozenset[str] = field(default_factory=frozenset)
    """In ASCII and lower case; empty: all. Subdomains of an allowed domain are other domains."""

    @classmethod
    def of(cls, *, mode: str, domains: Iterable[str]) -> Self:
        """Make the policy of what people write. Raises `ValueError` for what is no mode or no domain."""
        return cls(mode=RegistrationMode(mode), domains=frozenset(map(_domain, domains)))

    def check_open(self) -> None:
        """Raise `RegistrationClosedError` or `InvitationRequiredError` unless strangers may sign up."""
        if self.mode is RegistrationMode.INVITED:
            raise InvitationRequiredError
        self.check_invitations()

    def check_invitations(self) -> None:
        """Raise `RegistrationClosedError` where no user may be invited."""
        if self.mode is RegistrationMode.CLOSED:
            raise RegistrationClosedError

    def check_domain(self, address: EmailAddress) -> None:
        """Refuse an address of another domain than those that are allowed.

        A domain of another script is compared by its ASCII form (IDNA), so one that only looks alike is refused.

        Raises:
            EmailDomainNotAllowedError: with none of the allowed ones, which are no business of strangers.
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
    # Raises `UnicodeError`, a kind of `ValueError`, for what can be no name of a host.
    name = domain.strip().encode("idna").decode("ascii").lower()
    if not name:
        raise ValueError("a domain is empty")
    return name


def _domain(written: str) -> str:
    domain = _ascii(written)
    if not _DOMAIN.fullmatch(domain):
        raise ValueError(f"{written!r} is no domain")
    return domain
