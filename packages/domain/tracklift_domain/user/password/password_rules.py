"""All rules for a new password."""

from tracklift_domain.user.email_address import EmailAddress
from tracklift_domain.user.password.errors import WeakPasswordError
from tracklift_domain.user.password.password import check_password
from tracklift_domain.user.password.ports import CommonPasswords


class PasswordRules:
    """Checks the length, and that it is not common. No kinds of characters are required (NIST SP 800-63B-4)."""

    def __init__(self, *, common: CommonPasswords) -> None:
        self._common = common

    def check(self, password: str, email: EmailAddress) -> None:
        """Refuse what `check_password` refuses, and a common password in any case or a repetition of one.

        Raises:
            WeakPasswordError: with the reason.
        """
        check_password(password, email)
        lower = password.lower()
        if self._common.contains(lower) or self._common.contains(_unit(lower)):
            raise WeakPasswordError("it is one of those that are guessed first.")


def _unit(text: str) -> str:
    """Give the shortest text of which this one is a repetition."""
    return text[: (text + text).index(text, 1)]
