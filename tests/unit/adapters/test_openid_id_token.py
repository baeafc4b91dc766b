"""ID tokens that no honest provider makes, and key sets as providers have them."""

import base64
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import pytest
from joserfc import jws, jwt
from joserfc.jwk import ECKey, OctKey, OKPKey, RSAKey

from tracklift_adapters.openid.id_token import (
    ALGORITHMS,
    LONGEST_TOKEN,
    ExpectedToken,
    SigningKeys,
    UnknownSigningKeyError,
)
from tracklift_domain.user.sign_in_provider.errors import InvalidIdTokenError

NOW = datetime(2026, 2, 3, 4, 5, 6, tzinfo=UTC)
ISSUER = "https://login.example.org"
RSA = RSAKey.generate_key(2048)
OTHER = RSAKey.generate_key(2048)
EC = ECKey.generate_key("P-256")
ED = OKPKey.generate_key("Ed25519")
EXPECTED = ExpectedToken(issuer=ISSUER, client_id="me", nonce="n", algorithms=ALGORITHMS, now=NOW)
CLAIMS: dict[str, Any] = {
    "iss": ISSUER,
    "aud": "me",
    "sub": "ada-1",
    "nonce": "n",
    "iat": int(NOW.timestamp()),
    "exp": int(NOW.timestamp()) + 60,
}


def published(*keys: RSAKey | ECKey | OKPKey, **more: Any) -> SigningKeys:
    """Publish keys, which are called 1, 2 and so on."""
    listed = [
        {**key.as_dict(private=False), "kid": str(number), **more} for number, key in enumerate(keys, 1)
    ]
    return SigningKeys.read({"keys": listed})


def signed(key: Any, header: Mapping[str, Any], claims: Mapping[str, Any] = CLAIMS) -> str:
    return jwt.encode(dict(header), dict(claims), key, [header["alg"]])


@pytest.mark.parametrize(
    ("key", "algorithm"), [(RSA, "RS256"), (RSA, "PS512"), (EC, "ES256"), (ED, "Ed25519")]
)
def test_a_token_counts_that_one_of_the_published_keys_has_signed(key: Any, algorithm: str) -> None:
    token = signed(key, {"alg": algorithm, "kid": "2"})

    assert EXPECTED.verify(token, published(OTHER, key))["sub"] == "ada-1"


def test_a_token_need_not_name_the_key_if_there_is_only_one() -> None:
    token = signed(RSA, {"alg": "RS256"})

    assert EXPECTED.verify(token, published(RSA)) == CLAIMS
    with pytest.raises(UnknownSigningKeyError):
        EXPECTED.verify(token, published(RSA, OTHER))


def test_a_key_signs_only_by_the_algorithm_that_it_is_published_for() -> None:
    keys = published(RSA, alg="RS256")

    assert EXPECTED.verify(signed(RSA, {"alg": "RS256", "kid": "1"}), keys) == CLAIMS
    with pytest.raises(UnknownSigningKeyError):
        EXPECTED.verify(signed(RSA, {"alg": "PS256", "kid": "1"}), keys)


def test_a_public_key_is_no_secret_to_sign_with() -> None:
    """Everyone knows the public key, and could sign with it by HMAC (key confusion)."""
    for secret in (RSA.as_pem(private=False), json.dumps(RSA.as_dict(private=False)).encode()):
        token = jws.serialize_compact(
            {"alg": "HS256", "kid": "1"}, json.dumps(CLAIMS), OctKey.import_key(_not_pem(secret)), ["HS256"]
        )
        with pytest.raises(InvalidIdTokenError, match="algorithm"):
            EXPECTED.verify(token, published(RSA))


def test_a_provider_signs_by_none_but_the_algorithms_that_it_tells() -> None:
    expected = ExpectedToken(issuer=ISSUER, client_id="me", nonce="n", algorithms=["ES256"], now=NOW)

    with pytest.raises(InvalidIdTokenError, match="algorithm"):
        expected.verify(signed(RSA, {"alg": "RS256", "kid": "1"}), published(RSA))


def test_a_token_that_is_not_signed_does_not_count() -> None:
    header = _part({"alg": "none", "kid": "1"})

    for signature in ("", "AAAA"):
        with pytest.raises(InvalidIdTokenError):
            EXPECTED.verify(f"{header}.{_part(CLAIMS)}.{signature}", published(RSA))


@pytest.mark.parametrize(
    "token",
    [
        "",
        ".",
        "..",
        "a.b.c",
        "🙁.🙁.🙁",
        "a" * (LONGEST_TOKEN + 1),
        "e30.e30.e30",
        "bnVsbA.bnVsbA.bnVsbA",
        "." * 1000,
    ],
)
def test_what_is_no_token_does_not_count(token: str) -> None:
    with pytest.raises(InvalidIdTokenError):
        EXPECTED.verify(token, published(RSA))


@pytest.mark.parametrize(
    "header", [{"alg": 7}, {"alg": ["RS256"]}, {"alg": "RS256", "crit": ["x"], "x": 1}, {}]
)
def test_a_header_that_makes_no_sense_does_not_count(header: dict[str, Any]) -> None:
    with pytest.raises(InvalidIdTokenError):
        EXPECTED.verify(f"{_part(header)}.{_part(CLAIMS)}.AAAA", published(RSA))


@pytest.mark.parametrize("claims", [[], "text", {**CLAIMS, "aud": [["me"]]}, {**CLAIMS, "exp": float("inf")}])
def test_claims_that_make_no_sense_do_not_count(claims: Any) -> None:
    token = jws.serialize_compact({"alg": "RS256", "kid": "1"}, json.dumps(claims), RSA, ["RS256"])

    with pytest.raises(InvalidIdTokenError):
        EXPECTED.verify(token, published(RSA))


@pytest.mark.parametrize("missing", CLAIMS)
def test_a_token_that_lacks_a_claim_does_not_count(missing: str) -> None:
    claims = {name: value for name, value in CLAIMS.items() if name != missing}

    with pytest.raises(InvalidIdTokenError):
        EXPECTED.verify(signed(RSA, {"alg": "RS256", "kid": "1"}, claims), published(RSA))


@pytest.mark.parametrize(
    "document",
    [
        {},
        {"keys": None},
        {"keys": []},
        {"keys": [None, 7, "key", [], {}]},
        {"keys": [{"kty": "oct", "k": "c2VjcmV0"}]},
        {"keys": [{**RSA.as_dict(private=False), "use": "enc"}]},
        {"keys": [{**RSA.as_dict(private=False), "kid": 7}]},
        {"keys": [{**RSA.as_dict(private=False), "alg": ["RS256"]}]},
        {"keys": [{**RSA.as_dict(private=False), "n": 7}]},
        {"keys": [{"kty": "RSA", "e": "AQAB"}]},
        {"keys": [{"kty": ["RSA"]}]},
        {"keys": [{"kty": "RSA", "n": "AQAB" * 42, "e": "AQAB"}]},
        {"keys": [{"kty": "EC", "crv": "P-256", "x": "AQAB", "y": "AQAB"}]},
    ],
)
def test_a_key_set_without_a_key_that_can_be_used_is_refused(document: dict[str, Any]) -> None:
    """Keys of 1008 bits among them: they can be broken."""
    with pytest.raises(ValueError, match="publishes no key"):
        SigningKeys.read(document)


def _part(value: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")


def _not_pem(secret: bytes) -> bytes:
    """Write a key in a form that joserfc accepts as a secret; it refuses PEM."""
    return base64.b64encode(secret)
