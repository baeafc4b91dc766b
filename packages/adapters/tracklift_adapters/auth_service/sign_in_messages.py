"""What the gateway asks auth about sign-ins with a provider or on a page, and how auth answers."""

from collections.abc import Mapping
from typing import Any

from tracklift_adapters.auth_service.answers import read_text
from tracklift_domain.user.session.session import TokenPair
from tracklift_domain.user.sign_in_provider.begin_provider_sign_in import BegunSignIn
from tracklift_domain.user.sign_in_provider.sign_in_attempt import ProviderAnswer

BEGIN_PATH = "/internal/sign-in/begin"
COMPLETE_PATH = "/internal/sign-in/complete"


def write_begun(begun: BegunSignIn) -> dict[str, Any]:
    """Write where the browser goes, and what it keeps."""
    return {"url": begun.url, "secret": begun.secret}


def read_begun(answer: Mapping[str, Any]) -> BegunSignIn:
    """Read where the browser goes. Raises `KeyError` or `TypeError`."""
    return BegunSignIn(url=read_text(answer, "url"), secret=read_text(answer, "secret"))


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
