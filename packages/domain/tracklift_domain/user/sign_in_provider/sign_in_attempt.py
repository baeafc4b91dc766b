"""One try of a browser to sign in with a provider."""

import hashlib
import hmac
from base64 import urlsafe_b64encode
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class SignInAttempt:
    """All that ties a provider's answer to the browser that began, made of one secret which that browser alone keeps.

    Another provider makes other values of the same secret, so that no answer can be taken for that of another
    (RFC 9700, section 4.4).
    """

    provider: str
    secret: str = field(repr=False)

    @property
    def state(self) -> str:
        """Shows that the browser which brings the answer is the one that began (RFC 6749, section 10.12)."""
        return self._derive("state")

    @property
    def nonce(self) -> str:
        """Shows that the ID token was made for this attempt (OpenID Connect Core 1.0, section 15.5.2)."""
        return self._derive("nonce")

    @property
    def code_verifier(self) -> str:
        """Shows that the code was made for this attempt (RFC 7636, section 4.1): 43 characters."""
        return self._derive("code_verifier")

    def matches(self, state: str) -> bool:
        """Tell whether an answer belongs to this attempt."""
        return bool(self.secret) and hmac.compare_digest(_bytes(self.state), _bytes(state))

    def _derive(self, purpose: str) -> str:
        digest = hmac.digest(_bytes(self.secret), _bytes(f"{purpose} {self.provider}"), hashlib.sha256)
        return urlsafe_b64encode(digest).rstrip(b"=").decode()


@dataclass(frozen=True, slots=True, kw_only=True)
class ProviderAnswer:
    """What a browser brings back from a provider (RFC 6749, section 4.1.2; RFC 9207 for the issuer)."""

    state: str = ""
    code: str = field(default="", repr=False)
    error: str = ""
    issuer: str = ""


def _bytes(text: str) -> bytes:
    # A lone surrogate, which a query may bring, can't be encoded.
    return text.encode(errors="replace")
