"""Access tokens checked against published Ed25519 keys."""

import re
from collections import OrderedDict
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from joserfc import jwt
from joserfc.errors import BadSignatureError, InvalidKeyIdError, JoseError, UnsupportedAlgorithmError
from joserfc.jwk import GuestProtocol, OKPKey
from typing_extensions import override

from tracklift_adapters.security.token_format import ALGORITHM, AUDIENCE, TOKEN_TYPE
from tracklift_domain.identifiers import SessionId, UserId
from tracklift_domain.user.access.caller import Caller
from tracklift_domain.user.access.errors import InvalidTokenError, TokenExpiredError
from tracklift_domain.user.access.ports import AccessTokenVerifier
from tracklift_domain.user.email_address import EmailAddress
from tracklift_domain.user.errors import InvalidEmailAddressError
from tracklift_domain.user.role import Role

LONGEST_TOKEN = 4096
"""Characters. The longest that the issuer makes has about 900."""
CLOCK_SKEW = timedelta(seconds=30)
"""By how much the issuer's clock may be ahead. Nothing is added to a token's end: who holds it knows when that is."""
_TOKEN = re.compile(r"[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]{85}[AQgw]", re.ASCII)
"""A signature of 64 bytes in unpadded base64url, its four unused bits 0: so each token is written in one way only."""
_LATEST = 2**53
"""Seconds since 1970: whole numbers up to here are the same in every JSON library (RFC 8259, section 6)."""
_LAST_SECOND = datetime.max.replace(microsecond=0, tzinfo=UTC).timestamp()
"""A token that holds for longer ends with the calendar."""
_MOST_REMEMBERED = 10_000
"""Tokens; about 2 KiB each."""
_MALFORMED = "it is malformed."


class Ed25519TokenVerifier(AccessTokenVerifier):
    """Accepts tokens of one issuer for one audience, signed by one algorithm with a key of a set.

    A token whose signature was checked is remembered, since a client sends the same one for minutes.
    """

    def __init__(self, keys: Mapping[str, Any], *, issuer: str, audience: str = AUDIENCE) -> None:
        """Take the keys as `AccessTokenIssuer.published_keys` gives them; see `use_keys`."""
        self._issuer = issuer
        self._audience = audience
        self._keys: Mapping[str, OKPKey] = {}
        self._checked: OrderedDict[str, Mapping[str, Any]] = OrderedDict()
        self.use_keys(keys)

    def use_keys(self, keys: Mapping[str, Any]) -> None:
        """Check against these keys from now on. Keys for other algorithms are ignored (RFC 7517, section 5).

        Raises:
            ValueError: there is no usable key among them; those of before stay in use.
        """
        listed = keys.get("keys")
        usable = [_usable_key(key) for key in listed] if isinstance(listed, list) else []
        found = {key.thumbprint(): key for key in usable if key is not None}
        if not found:
            raise ValueError("there is no Ed25519 key for signatures in the key set")
        if found.keys() != self._keys.keys():
            # What a key has signed that is not published any more counts no more.
            self._checked.clear()
        self._keys = found

    @override
    def verify(self, token: str, now: datetime) -> Caller:
        if len(token) > LONGEST_TOKEN or not _TOKEN.fullmatch(token):
            raise InvalidTokenError(_MALFORMED)
        claims = self._checked.get(token)
        if claims is None:
            claims = self._check(token)
            self._checked[token] = claims
            if len(self._checked) > _MOST_REMEMBERED:
                self._checked.popitem(last=False)
        # The times are looked at each time.
        return self._caller(claims, now.timestamp())

    def _check(self, token: str) -> Mapping[str, Any]:
        """Check signature and header, which is most of the work, and give the claims."""
        try:
            decoded = jwt.decode(token, self._find_key, algorithms=[ALGORITHM])
        except (JoseError, ValueError, TypeError, AttributeError, RecursionError) as error:
            raise InvalidTokenError(_reason(error)) from error
        if decoded.header.get("typ") != TOKEN_TYPE:
            raise InvalidTokenError("it is not an access token.")
        if decoded.header.keys() != {"alg", "typ", "kid"}:
            # Keys brought along, extensions that must be understood: none of it comes from the issuer.
            raise InvalidTokenError("its header says more than is understood here.")
        claims: Mapping[str, Any] = decoded.claims
        return claims

    def _find_key(self, token: GuestProtocol) -> OKPKey:
        kid = token.headers().get("kid")
        key = self._keys.get(kid) if isinstance(kid, str) else None
        if key is None:
            raise InvalidKeyIdError
        return key

    def _caller(self, claims: Mapping[str, Any], now: float) -> Caller:
        if claims.get("iss") != self._issuer:
            raise InvalidTokenError("it was made by another issuer.")
        audience = claims.get("aud")
        if self._audience not in (audience if isinstance(audience, list) else [audience]):
            raise InvalidTokenError("it is for another audience.")
        user_id, email = _text(claims, "sub"), _text(claims, "email")
        _text(claims, "jti")
        latest_start = now + CLOCK_SKEW.total_seconds()
        issued_at = _numeric_date(claims, "iat")
        if issued_at > latest_start or ("nbf" in claims and _numeric_date(claims, "nbf") > latest_start):
            raise InvalidTokenError("its time has not come yet.")
        expires_at = _numeric_date(claims, "exp")
        if expires_at <= now:
            raise TokenExpiredError
        try:
            return Caller(
                user_id=UserId(user_id),
                email=EmailAddress(email),
                # As OpenID Connect names it. A token of a release that did not say it proves nothing.
                email_verified=claims.get("email_verified") is True,
                session_id=_session(claims),
                # A role that is not known here allows nothing special.
                role=next((role for role in Role if role == claims.get("role")), Role.USER),
                issued_at=datetime.fromtimestamp(issued_at, tz=UTC),
                expires_at=datetime.fromtimestamp(min(expires_at, _LAST_SECOND), tz=UTC),
            )
        except InvalidEmailAddressError as error:
            raise InvalidTokenError("its claim email is not an address.") from error


def _usable_key(key: object) -> OKPKey | None:
    if not isinstance(key, dict) or (key.get("kty"), key.get("crv")) != ("OKP", "Ed25519"):
        return None
    if key.get("use", "sig") != "sig" or key.get("alg", ALGORITHM) != ALGORITHM:
        return None
    try:
        # The public part only, whatever else somebody may have published.
        return OKPKey.import_key({"kty": "OKP", "crv": "Ed25519", "x": key["x"]})
    except (JoseError, ValueError, TypeError, KeyError):
        return None


def _reason(error: Exception) -> str:
    match error:
        case BadSignatureError():
            return "its signature is wrong."
        case InvalidKeyIdError():
            return "the key that signed it is not known."
        case UnsupportedAlgorithmError():
            return "its algorithm is not accepted."
        case _:
            return _MALFORMED


def _text(claims: Mapping[str, Any], name: str) -> str:
    value = claims.get(name)
    if not isinstance(value, str) or not value:
        raise InvalidTokenError(f"its claim {name} is missing or no text.")
    return value


def _session(claims: Mapping[str, Any]) -> SessionId | None:
    """Give the session, as OpenID Connect names it. Tokens of a release that did not say it have none."""
    return SessionId(_text(claims, "sid")) if "sid" in claims else None


def _numeric_date(claims: Mapping[str, Any], name: str) -> float:
    """Give a NumericDate (RFC 7519, section 2). Python reads NaN and Infinity too, which would never expire."""
    value = claims.get(name)
    # The bound takes out those two as well as what no float can hold.
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= _LATEST:
        raise InvalidTokenError(f"its claim {name} is missing or no time.")
    return value
