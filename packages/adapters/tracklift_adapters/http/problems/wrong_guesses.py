"""How a response says that a password or a code of the request was wrong."""

from tracklift_domain.errors import DomainError
from tracklift_domain.user.password.errors import WrongPasswordError
from tracklift_domain.user.second_factor.errors import WrongSecondFactorError
from tracklift_domain.user.session.errors import WrongCredentialsError

WRONG_GUESS = "Tracklift-Wrong-Guess"
"""A header from auth to the gateway, which can't infer it from the status. It is not sent to clients."""
_KINDS = (WrongCredentialsError, WrongPasswordError, WrongSecondFactorError)


def headers_of_guess(error: DomainError) -> dict[str, str]:
    """Give the header for a problem: none unless a password or a code was wrong.

    A right password without the code of a second factor is how log-ins begin, and tokens are too long to be guessed.
    """
    return {WRONG_GUESS: "yes"} if isinstance(error, _KINDS) else {}
