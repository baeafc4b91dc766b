"""Who may sign up."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Self

from tracklift_domain.user.email_address import EmailAddress
from tracklift_domain.user.errors import EmailDomainNotAllowedError, RegistrationClosedError


@dataclass(frozen=True, slots=True, kw_only=True)
class RegistrationPolicy:
    """Whether strangers may sign up, and with addresses of which domains."""

    open: bool = True
    domains: frozenset[str] = field(default_factory=frozenset)
    """In ASCII and lower case; empty: all. Subdomains of an allowed domain are other domains."""

    @classmethod
    def of(cls, *, open_: bool, domains: Iterable[str]) -> Self:
        """Make the policy of domains as people write them. Raises `ValueError` for one that is none."""
        return cls(open=open_, domains=frozenset(_ascii(domain) for domain in domains))

    def check_open(self) -> None:
        """Raise `RegistrationClosedError` unless strangers may sign up."""
        if not self.open:
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
