"""Addresses of electronic mail."""

from dataclasses import dataclass

from tracklift_domain.user.errors import InvalidEmailAddressError

LONGEST_ADDRESS = 254
"""Characters of a whole address (RFC 5321, section 4.5.3.1.3, less the angle brackets)."""
LONGEST_LOCAL_PART = 64
"""Characters before the `@` (RFC 5321, section 4.5.3.1.1)."""
_FORBIDDEN = frozenset(' "(),:;<>[\\]')


@dataclass(frozen=True, slots=True)
class EmailAddress:
    """An address as RFC 5321 writes it without quoting, in lower case so that two spellings are one account.

    Only the form is checked, not whether mail arrives there.

    Raises:
        InvalidEmailAddressError: on construction.
    """

    value: str

    def __post_init__(self) -> None:
        address = self.value.strip().lower()
        local, at, domain = address.rpartition("@")
        labels = domain.split(".")
        well_formed = (
            bool(at)
            and 0 < len(local) <= LONGEST_LOCAL_PART
            and len(address) <= LONGEST_ADDRESS
            and address.isprintable()
            and "@" not in local
            and not _FORBIDDEN & set(address)
            and not any(part == "" for part in local.split("."))
            and len(labels) > 1
            and all(_is_label(label) for label in labels)
        )
        if not well_formed:
            raise InvalidEmailAddressError
        object.__setattr__(self, "value", address)

    def __str__(self) -> str:
        return self.value


def _is_label(label: str) -> bool:
    # RFC 1035, section 2.3.4: at most 63 octets.
    return (
        0 < len(label) <= 63
        and all(c.isalnum() or c == "-" for c in label)
        and not label.startswith("-")
        and not label.endswith("-")
    )
