"""Which passwords may be used."""

from tracklift_domain.user.email_address import EmailAddress
from tracklift_domain.user.password.errors import WeakPasswordError

SHORTEST_PASSWORD = 12
"""Characters. Between the 8 of NIST SP 800-63B-4 where another factor exists and the 15 where none does."""
LONGEST_PASSWORD = 128
"""Characters. NIST SP 800-63B-4 asks to allow at least 64; the limit keeps refusals cheap."""
LONGEST_CHECKED = 256
"""Characters of an existing password: earlier releases allowed more."""
MOST_CHECKED_AT_ONCE = 4
"""Passwords for one account: a user's devices may log in together, and guesses take a quarter of the default queue."""


def check_password(password: str, email: EmailAddress) -> None:
    """Refuse a password that is too short, too long, one character repeated, or the address itself.

    Raises:
        WeakPasswordError: with the reason.
    """
    if len(password) < SHORTEST_PASSWORD:
        raise WeakPasswordError(f"it needs at least {SHORTEST_PASSWORD} characters.")
    if len(password) > LONGEST_PASSWORD:
        raise WeakPasswordError(f"it may have at most {LONGEST_PASSWORD} characters.")
    if "\0" in password:
        raise WeakPasswordError("it contains a NUL character.")
    if not is_text(password):
        raise WeakPasswordError("it contains half a character.")
    if len(set(password)) == 1:
        raise WeakPasswordError("it is one character repeated.")
    if password.lower() in {email.value, email.value.partition("@")[0]}:
        raise WeakPasswordError("it is your e-mail address.")


def is_text(password: str) -> bool:
    """Tell whether a password can be encoded: a lone surrogate, which JSON and command lines may contain, can't be."""
    return not any("\ud800" <= character <= "\udfff" for character in password)
