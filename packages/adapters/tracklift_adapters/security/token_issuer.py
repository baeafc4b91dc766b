"""Signs access tokens."""

import uuid
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from joserfc import jwt
from joserfc.jwk import OKPKey
from typing_extensions import override

from tracklift_domain.user.ports import AccessTokenIssuer
from tracklift_domain.user.user import AccessToken, Caller

ALGORITHM = "Ed25519"
"""RFC 9864, which replaces the ambiguous `EdDSA`."""
TOKEN_TYPE = "at+jwt"  # noqa: S105  # the media type of RFC 9068, section 2.1
AUDIENCE = "tracklift"


class Ed25519TokenIssuer(AccessTokenIssuer):
    """Signs JSON Web Tokens in the profile for access tokens (RFC 9068) with an Ed25519 key."""

    def __init__(self, key: OKPKey, *, issuer: str, lifetime: timedelta, audience: str = AUDIENCE) -> None:
        """Sign with a key as `issuer` (a URL) for `audience`; a token is good for `lifetime`."""
        self._key = key
        self._key_id = key.thumbprint()
        self._issuer = issuer
        self._audience = audience
        self._lifetime = int(lifetime.total_seconds())

    @override
    def issue(self, caller: Caller, now: datetime) -> AccessToken:
        issued_at = int(now.timestamp())
        header = {"alg": ALGORITHM, "kid": self._key_id, "typ": TOKEN_TYPE}
        claims = {
            "iss": self._issuer,
            "aud": self._audience,
            "sub": caller.user_id,
            "email": caller.email.value,
            "iat": issued_at,
            "exp": issued_at + self._lifetime,
            "jti": uuid.uuid4().hex,
        }
        return AccessToken(
            value=jwt.encode(header, claims, self._key, algorithms=[ALGORITHM]), expires_in=self._lifetime
        )

    @override
    def published_keys(self) -> Mapping[str, Any]:
        public = self._key.as_dict(private=False)
        # The key id is the key's thumbprint (RFC 7638), so it stays the same wherever it is computed.
        return {"keys": [{**public, "kid": self._key_id, "use": "sig", "alg": ALGORITHM}]}
