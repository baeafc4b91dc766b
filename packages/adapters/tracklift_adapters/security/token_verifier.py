"""Checks access tokens."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet
from typing_extensions import override

from tracklift_adapters.security.token_issuer import ALGORITHM, AUDIENCE, TOKEN_TYPE
from tracklift_domain.identifiers import UserId
from tracklift_domain.user.email_address import EmailAddress
from tracklift_domain.user.errors import InvalidEmailAddressError, InvalidTokenError, TokenExpiredError
from tracklift_domain.user.ports import AccessTokenVerifier
from tracklift_domain.user.user import Caller

_LONGEST_TOKEN = 4096
"""Characters: several times what the issuer makes."""
_CLOCK_SKEW = timedelta(seconds=30)
"""How far the issuer's clock may be ahead of this one."""
_NOT_OURS = "it was not made here; log in again."


class Ed25519TokenVerifier(AccessTokenVerifier):
    """Checks signature, type, issuer, audience and times, by the published keys of the issuer."""

    def __init__(self, keys: Mapping[str, Any], *, issuer: str, audience: str = AUDIENCE) -> None:
        """Take a JSON Web Key Set as the issuer publishes it. Several keys let one replace another in peace."""
        self._keys = KeySet.import_key_set({"keys": list(keys["keys"])})
        self._key_ids = frozenset(key["kid"] for key in keys["keys"])
        self._issuer = issuer
        self._audience = audience

    @override
    def verify(self, token: str, now: datetime) -> Caller:
        claims = self._checked_claims(token)
        expires_at, issued_at = _number(claims, "exp"), _number(claims, "iat")
        if issued_at > (now + _CLOCK_SKEW).timestamp():
            raise InvalidTokenError("it is not valid yet; check the clock.")
        if expires_at <= now.timestamp():
            raise TokenExpiredError
        return _caller(claims)

    def _checked_claims(self, token: str) -> Mapping[str, Any]:
        if len(token) > _LONGEST_TOKEN or not token.isascii():
            raise InvalidTokenError(_NOT_OURS)
        try:
            decoded = jwt.decode(token, self._keys, algorithms=[ALGORITHM])
        except (JoseError, ValueError, TypeError, RecursionError) as error:
            raise InvalidTokenError(_NOT_OURS) from error
        if decoded.header.get("typ") != TOKEN_TYPE or decoded.header.get("kid") not in self._key_ids:
            raise InvalidTokenError(_NOT_OURS)
        claims = decoded.claims
        if claims.get("iss") != self._issuer or claims.get("aud") != self._audience:
            raise InvalidTokenError("it is for something else; log in again.")
        return claims


def _number(claims: Mapping[str, Any], name: str) -> float:
    value = claims.get(name)
    if not isinstance(value, int | float) or isinstance(value, bool):
        raise InvalidTokenError(_NOT_OURS)
    return value


def _caller(claims: Mapping[str, Any]) -> Caller:
    user_id, email = claims.get("sub"), claims.get("email")
    if not isinstance(user_id, str) or not user_id or not isinstance(email, str):
        raise InvalidTokenError(_NOT_OURS)
    try:
        return Caller(user_id=UserId(user_id), email=EmailAddress(email))
    except InvalidEmailAddressError as error:
        raise InvalidTokenError(_NOT_OURS) from error
