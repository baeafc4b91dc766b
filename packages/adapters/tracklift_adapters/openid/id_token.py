"""ID tokens checked against a provider's keys (OpenID Connect Core 1.0, section 3.1.3.7)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from joserfc import jwt
from joserfc.errors import (
    BadSignatureError,
    ClaimError,
    InvalidKeyIdError,
    JoseError,
    UnsupportedAlgorithmError,
)
from joserfc.jwk import ECKey, GuestProtocol, OKPKey, RSAKey

from tracklift_domain.user.sign_in_provider.errors import InvalidIdTokenError

ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "Ed25519")
"""With a public key only. With a shared secret, or `none`, anyone with what a client knows could sign."""
LONGEST_TOKEN = 65_536
"""Characters. Some providers list all groups of a user."""
_CLOCK_SKEW = 60
"""Seconds by which the provider's clock may differ."""
_MEMBERS = {"RSA": ("kty", "n", "e"), "EC": ("kty", "crv", "x", "y"), "OKP": ("kty", "crv", "x")}
"""The public part of a key of each kind, whatever else is published with it."""
_KINDS: Mapping[str, type[RSAKey | ECKey | OKPKey]] = {"RSA": RSAKey, "EC": ECKey, "OKP": OKPKey}
_SMALLEST_RSA = 2048
"""Bits (NIST SP 800-131A)."""

_Key = RSAKey | ECKey | OKPKey


class UnknownSigningKeyError(InvalidIdTokenError):
    """No known key made the signature. The provider may have changed its keys."""


@dataclass(frozen=True, slots=True)
class SigningKeys:
    """A provider's keys that may sign ID tokens, each with the id and the algorithm that it is bound to."""

    keys: tuple[tuple[str | None, str | None, _Key], ...]

    @classmethod
    def read(cls, document: Mapping[str, Any]) -> "SigningKeys":
        """Read a JSON Web Key Set (RFC 7517). Keys for other purposes, and unreadable ones, are ignored.

        Raises:
            ValueError: there is no usable key among them.
        """
        listed = document.get("keys")
        usable = [_usable(key) for key in listed] if isinstance(listed, list) else []
        found = tuple(key for key in usable if key is not None)
        if not found:
            raise ValueError("it publishes no key that signs ID tokens")
        return cls(found)

    def find(self, token: GuestProtocol) -> _Key:
        """Find the key that a token's header names; it may name none if there is only one.

        Raises:
            InvalidKeyIdError: there is none.
        """
        # Nothing else of the header counts, least of all keys and addresses of keys that it brings along.
        kid, algorithm = token.headers().get("kid"), token.headers().get("alg")
        named = [
            key
            for its_id, its_algorithm, key in self.keys
            if kid in {None, its_id} and its_algorithm in {None, algorithm}
        ]
        if len(named) != 1:
            raise InvalidKeyIdError
        return named[0]


@dataclass(frozen=True, slots=True, kw_only=True)
class ExpectedToken:
    """What an ID token must say to count for one attempt to sign in."""

    issuer: str
    client_id: str
    nonce: str | None
    """`None`: the attempt sent none, as that of a device, which gets its tokens from the provider itself."""
    algorithms: Sequence[str]
    now: datetime

    def verify(self, token: str, keys: SigningKeys) -> Mapping[str, Any]:
        """Give the claims of a token.

        Raises:
            UnknownSigningKeyError: none of the keys has signed it.
            InvalidIdTokenError: it is not valid for another reason.
        """
        if len(token) > LONGEST_TOKEN:
            raise InvalidIdTokenError("its ID token is too long.")
        try:
            decoded = jwt.decode(token, keys.find, algorithms=list(self.algorithms))
            self._registry().validate(decoded.claims)
        except (InvalidKeyIdError, BadSignatureError) as error:
            raise UnknownSigningKeyError("its ID token is not signed with a key of its own.") from error
        except (JoseError, ValueError, TypeError, AttributeError, RecursionError) as error:
            raise InvalidIdTokenError(_reason(error)) from error
        self._check_parties(decoded.claims)
        return decoded.claims

    def _registry(self) -> jwt.JWTClaimsRegistry:
        return jwt.JWTClaimsRegistry(
            now=int(self.now.timestamp()),
            leeway=_CLOCK_SKEW,
            iss={"essential": True, "value": self.issuer},
            aud={"essential": True, "value": self.client_id},
            sub={"essential": True},
            exp={"essential": True},
            iat={"essential": True},
        )

    def _check_parties(self, claims: Mapping[str, Any]) -> None:
        if self.nonce is not None and claims.get("nonce") != self.nonce:
            raise InvalidIdTokenError("its ID token was made for another sign-in.")
        audience, authorized = claims["aud"], claims.get("azp")
        several = isinstance(audience, list) and len(audience) > 1
        if authorized != self.client_id and (several or authorized is not None):
            raise InvalidIdTokenError("its ID token was made for another client.")


def _usable(key: object) -> tuple[str | None, str | None, _Key] | None:
    if not isinstance(key, dict) or key.get("use", "sig") != "sig":
        return None
    kid, algorithm, kind = key.get("kid"), key.get("alg"), key.get("kty")
    if not isinstance(kid, str | None) or not isinstance(algorithm, str | None):
        return None
    if not isinstance(kind, str) or kind not in _KINDS:
        return None
    try:
        if kind == "RSA" and len(key["n"]) * 6 < _SMALLEST_RSA:
            return None
        return kid, algorithm, _KINDS[kind].import_key({name: key[name] for name in _MEMBERS[kind]})
    except (JoseError, ValueError, TypeError, KeyError):
        return None


def _reason(error: Exception) -> str:
    match error:
        case UnsupportedAlgorithmError():
            return "its ID token is signed by an algorithm that is not accepted."
        case ClaimError():
            return f"the claim {error.claim} of its ID token is not valid."
        case _:
            return "its ID token is malformed."
