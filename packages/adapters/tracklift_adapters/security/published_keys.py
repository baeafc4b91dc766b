"""Access tokens checked against keys that have to be fetched first."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from typing_extensions import override

from tracklift_adapters.security.token_format import AUDIENCE
from tracklift_adapters.security.token_verifier import Ed25519TokenVerifier
from tracklift_domain.errors import ServiceUnavailableError
from tracklift_domain.user.access.caller import Caller
from tracklift_domain.user.access.ports import AccessTokenVerifier


class FetchedKeysTokenVerifier(AccessTokenVerifier):
    """Accepts no token before it is given keys, and from then on those that `Ed25519TokenVerifier` accepts.

    Raises:
        ServiceUnavailableError: from `verify`, as long as there are no keys.
    """

    def __init__(self, *, issuer: str, audience: str = AUDIENCE) -> None:
        self._issuer = issuer
        self._audience = audience
        self._verifier: Ed25519TokenVerifier | None = None

    @property
    def has_keys(self) -> bool:
        """Whether there are keys."""
        return self._verifier is not None

    def use_keys(self, keys: Mapping[str, Any]) -> None:
        """Check against these keys from now on.

        Raises:
            ValueError: there is no usable key among them; those of before stay in use.
        """
        if self._verifier is None:
            self._verifier = Ed25519TokenVerifier(keys, issuer=self._issuer, audience=self._audience)
        else:
            self._verifier.use_keys(keys)

    async def check(self) -> None:
        """Raise `ServiceUnavailableError` as long as there are no keys."""
        self._require_keys()

    @override
    def verify(self, token: str, now: datetime) -> Caller:
        return self._require_keys().verify(token, now)

    def _require_keys(self) -> Ed25519TokenVerifier:
        if self._verifier is None:
            raise ServiceUnavailableError("The auth service", "its keys have not been fetched yet")
        return self._verifier
