"""Access tokens signed with an Ed25519 key."""

import secrets
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from joserfc import jwt
from joserfc.jwk import OKPKey
from typing_extensions import override

from tracklift_adapters.security.token_format import ALGORITHM, AUDIENCE, TOKEN_TYPE
from tracklift_domain.user.access.caller import AccessToken, Caller
from tracklift_domain.user.access.ports import AccessTokenIssuer


class Ed25519TokenIssuer(AccessTokenIssuer):
    """Signs JSON Web Tokens (RFC 7519) with one key, named in them by its thumbprint (RFC 7638).

    To change the key, publish the new one in `other_keys` until every verifier knows it, then sign with it and keep
    the old one there until its last token has expired.
    """

    def __init__(
        self,
        signing_key: OKPKey,
        *,
        issuer: str,
        lifetime: timedelta,
        audience: str = AUDIENCE,
        other_keys: Sequence[OKPKey] = (),
    ) -> None:
        """Take private or public keys as `other_keys`. `lifetime` is at least a second, else `ValueError`."""
        if lifetime < timedelta(seconds=1):
            raise ValueError(f"an access token lasts at least a second, not {lifetime}")
        self._key = signing_key
        self._other_keys = other_keys
        self._issuer = issuer
        self._audience = audience
        self._lifetime = int(lifetime.total_seconds())

    @override
    def issue(self, caller: Caller, now: datetime) -> AccessToken:
        issued_at = int(now.timestamp())
        header = {"alg": ALGORITHM, "typ": TOKEN_TYPE, "kid": self._key.thumbprint()}
        claims = {
            "iss": self._issuer,
            "aud": self._audience,
            "sub": caller.user_id,
            "email": caller.email.value,
            "email_verified": caller.email_verified,
            "role": caller.role.value,
            # To the microsecond: a token that is signed right after a log-out everywhere must not count as one before.
            "iat": round(now.timestamp(), 6),
            "exp": issued_at + self._lifetime,
            "jti": secrets.token_hex(16),
        }
        if caller.session_id is not None:
            claims["sid"] = caller.session_id
        token = jwt.encode(header, claims, self._key, algorithms=[ALGORITHM])
        return AccessToken(value=token, expires_in=self._lifetime)

    @override
    def published_keys(self) -> Mapping[str, Any]:
        return {
            "keys": [
                {**key.as_dict(private=False), "kid": key.thumbprint(), "use": "sig", "alg": ALGORITHM}
                for key in (self._key, *self._other_keys)
            ]
        }
