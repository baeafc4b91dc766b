"""What the gateway asks auth about sign-ins with a provider, and how auth answers."""

from collections.abc import Mapping
from typing import Any

from tracklift_domain.user.begin_provider_sign_in import BegunSignIn
from tracklift_domain.user.sign_in_attempt import ProviderAnswer
from tracklift_domain.user.user import AccessToken, TokenPair

BEGIN_PATH = "/internal/sign-in/begin"
COMPLETE_PATH = "/internal/sign-in/complete"


def write_begun(begun: BegunSignIn) -> dict[str, Any]:
    """Write where the browser goes, and what it keeps."""
    return {"url": begun.url, "secret": begun.secret}


def read_begun(answer: Mapping[str, Any]) -> BegunSignIn:
    """Read where the browser goes. Raises `KeyError` or `TypeError`."""
    return BegunSignIn(url=_text(answer, "url"), secret=_text(answer, "secret"))


def write_completion(provider: str, secret: str, answer: ProviderAnswer) -> dict[str, Any]:
    """Write what a browser brings back."""
    return {
        "provider": provider,
        "secret": secret,
        "state": answer.state,
        "code": answer.code,
        "error": answer.error,
        "issuer": answer.issuer,
    }


def write_tokens(tokens: TokenPair) -> dict[str, Any]:
    """Write the tokens of the session."""
    return {
        "access_token": tokens.access.value,
        "expires_in": tokens.access.expires_in,
        "refresh_token": tokens.refresh,
        "refresh_expires_in": tokens.refresh_expires_in,
    }


def read_tokens(answer: Mapping[str, Any]) -> TokenPair:
    """Read the tokens of the session. Raises `KeyError`, `TypeError` or `ValueError`."""
    return TokenPair(
        access=AccessToken(value=_text(answer, "access_token"), expires_in=int(answer["expires_in"])),
        refresh=_text(answer, "refresh_token"),
        refresh_expires_in=int(answer["refresh_expires_in"]),
    )


def _text(answer: Mapping[str, Any], name: str) -> str:
    value = answer[name]
    if not isinstance(value, str) or not value:
        raise TypeError(f"{name} is no text")
    return value
