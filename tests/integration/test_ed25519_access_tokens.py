"""Tokens signed by Ed25519 keep the contract of access tokens, and no forgery passes."""

import base64
import hashlib
import hmac
import json
import math
import string
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from joserfc import jws, jwt
from joserfc.jwk import ECKey, OKPKey
from typing_extensions import override

from tests.contracts.access_tokens import ADA, LIFETIME, NOW, AccessTokensContract
from tracklift_adapters.security import token_verifier
from tracklift_adapters.security.token_issuer import Ed25519TokenIssuer
from tracklift_adapters.security.token_verifier import Ed25519TokenVerifier
from tracklift_domain.user.access.errors import InvalidTokenError, TokenExpiredError
from tracklift_domain.user.access.ports import AccessTokenIssuer, AccessTokenVerifier

ISSUER = "https://tracklift.example.org"
KEY = OKPKey.generate_key("Ed25519")
OTHER_KEY = OKPKey.generate_key("Ed25519")
NOW_IN_SECONDS = int(NOW.timestamp())


def make_issuer(key: OKPKey = KEY, **settings: Any) -> Ed25519TokenIssuer:
    return Ed25519TokenIssuer(key, **{"issuer": ISSUER, "lifetime": LIFETIME, **settings})


def make_verifier(**settings: Any) -> Ed25519TokenVerifier:
    return Ed25519TokenVerifier(make_issuer().published_keys(), **{"issuer": ISSUER, **settings})


class TestEd25519AccessTokens(AccessTokensContract):
    @pytest.fixture
    @override
    def issuer(self) -> AccessTokenIssuer:
        return make_issuer()

    @pytest.fixture
    @override
    def verifier(self, issuer: AccessTokenIssuer) -> AccessTokenVerifier:
        return Ed25519TokenVerifier(issuer.published_keys(), issuer=ISSUER)


def encoded(part: bytes | dict[str, Any]) -> str:
    """Write one part of a token."""
    content = json.dumps(part).encode() if isinstance(part, dict) else part
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()


def decoded(part: str) -> dict[str, Any]:
    """Read one part of a token."""
    content: dict[str, Any] = json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
    return content


def genuine() -> tuple[dict[str, Any], dict[str, Any], str]:
    """Give header, claims and signature of a good token."""
    header, claims, signature = make_issuer().issue(ADA, NOW).value.split(".")
    return decoded(header), decoded(claims), signature


def signed(header: dict[str, Any], claims: dict[str, Any] | bytes, key: OKPKey = KEY) -> str:
    """Sign whatever it is with a private key, as only who has the key can."""
    signing_input = f"{encoded(header)}.{encoded(claims)}"
    private_key: Any = key.private_key
    return f"{signing_input}.{encoded(private_key.sign(signing_input.encode()))}"


def refusal(token: str) -> str:
    """Give the reason for which the token is refused."""
    with pytest.raises(InvalidTokenError) as caught:
        make_verifier().verify(token, NOW)
    assert not isinstance(caught.value, TokenExpiredError)
    return caught.value.reason


def test_a_token_says_what_rfc_9068_asks_for() -> None:
    header, claims, _ = genuine()

    assert header == {"alg": "Ed25519", "typ": "at+jwt", "kid": KEY.thumbprint()}
    assert claims == {
        "iss": ISSUER,
        "aud": "tracklift",
        "role": "user",
        "sub": ADA.user_id,
        "email": "ada@example.org",
        "email_verified": False,
        "iat": NOW_IN_SECONDS,
        "exp": NOW_IN_SECONDS + 900,
        "jti": claims["jti"],
    }
    assert len(claims["jti"]) == 32


def test_what_this_file_signs_is_accepted_as_long_as_it_is_right() -> None:
    """Or else the forgeries below would be refused for another reason than theirs."""
    header, claims, _ = genuine()

    assert make_verifier().verify(signed(header, claims), NOW) == ADA


@pytest.mark.parametrize("value", [None, False, "true", 1, [True]])
def test_an_address_is_verified_only_if_the_token_says_so_in_full(value: object) -> None:
    """Tokens of the release before say nothing of it."""
    header, claims, _ = genuine()
    del claims["email_verified"]

    assert not make_verifier().verify(signed(header, claims), NOW).email_verified
    said = signed(header, {**claims, "email_verified": value})
    assert not make_verifier().verify(said, NOW).email_verified


@pytest.mark.parametrize("value", [None, "", 7, ["x"]])
def test_a_session_that_is_not_a_text_is_refused(value: object) -> None:
    header, claims, _ = genuine()

    assert refusal(signed(header, {**claims, "sid": value})) == "its claim sid is missing or no text."


def test_a_key_is_published_under_its_thumbprint() -> None:
    (key,) = make_issuer().published_keys()["keys"]

    members = json.dumps({name: key[name] for name in ("crv", "kty", "x")}, separators=(",", ":"))
    assert key["kid"] == encoded(hashlib.sha256(members.encode()).digest())
    assert key == {
        "kty": "OKP",
        "crv": "Ed25519",
        "x": KEY.as_dict(private=False)["x"],
        "kid": key["kid"],
        "use": "sig",
        "alg": "Ed25519",
    }


class TestForgeries:
    @pytest.mark.parametrize("name", ["none", "None", "NONE", "nOnE"])
    @pytest.mark.parametrize("signature", ["", "A" * 86])
    def test_a_token_without_a_signature(self, name: str, signature: str) -> None:
        header, claims, _ = genuine()
        header["alg"] = name

        assert refusal(f"{encoded(header)}.{encoded(claims)}.{signature}")

    @pytest.mark.parametrize(("name", "digest"), [("HS256", "sha256"), ("HS512", "sha512")])
    def test_the_public_key_used_as_a_shared_secret(self, name: str, digest: str) -> None:
        header, claims, _ = genuine()
        header["alg"] = name
        signing_input = f"{encoded(header)}.{encoded(claims)}"
        public = KEY.as_dict(private=False)
        raw = base64.urlsafe_b64decode(f"{public['x']}=")
        for secret in (KEY.as_pem(private=False), json.dumps(public).encode(), raw):
            mac = hmac.digest(secret, signing_input.encode(), digest)
            refusal(f"{signing_input}.{encoded(mac)}")
            assert (
                refusal(f"{signing_input}.{encoded(mac.ljust(64, b'0'))}") == "its algorithm is not accepted."
            )

    @pytest.mark.parametrize("name", ["EdDSA", "Ed448", "ES256", "RS256", "ed25519", "", "x" * 100])
    def test_another_algorithm(self, name: str) -> None:
        header, claims, _ = genuine()

        assert refusal(signed({**header, "alg": name}, claims)) == "its algorithm is not accepted."

    @pytest.mark.parametrize("value", [None, 5, ["Ed25519"], {"alg": "Ed25519"}, True])
    def test_an_algorithm_that_is_not_a_text(self, value: object) -> None:
        header, claims, _ = genuine()

        assert refusal(signed({**header, "alg": value}, claims))

    def test_another_key_under_the_known_name(self) -> None:
        header, claims, _ = genuine()

        assert refusal(signed(header, claims, OTHER_KEY)) == "its signature is wrong."

    @pytest.mark.parametrize(
        "kid",
        [pytest.param(OTHER_KEY.thumbprint(), id="of another key"), "", "../../etc/passwd", "' OR 1=1 --"],
    )
    def test_an_unknown_key(self, kid: str) -> None:
        header, claims, _ = genuine()

        assert (
            refusal(signed({**header, "kid": kid}, claims, OTHER_KEY))
            == "the key that signed it is not known."
        )

    @pytest.mark.parametrize("kid", [None, 5, ["x"], {"x": "y"}])
    def test_a_name_of_a_key_that_is_not_a_text(self, kid: object) -> None:
        header, claims, _ = genuine()

        assert refusal(signed({**header, "kid": kid}, claims))

    def test_no_name_of_a_key(self) -> None:
        header, claims, _ = genuine()
        del header["kid"]

        assert refusal(signed(header, claims)) == "the key that signed it is not known."

    @pytest.mark.parametrize("name", ["jwk", "jku", "x5u", "x5c"])
    def test_a_key_brought_along(self, name: str) -> None:
        header, claims, _ = genuine()
        public = OTHER_KEY.as_dict(private=False)
        value = {"jwk": public, "x5c": ["AA=="]}.get(name, "https://evil.example/keys")

        assert refusal(signed({**header, name: value, "kid": OTHER_KEY.thumbprint()}, claims, OTHER_KEY))

    @pytest.mark.parametrize("crit", [["exp"], ["b64"], [], "exp", 5, None, [5]])
    def test_an_extension_that_must_be_understood(self, crit: object) -> None:
        header, claims, _ = genuine()

        token = signed({**header, "crit": crit, "b64": True}, claims)

        assert refusal(token)

    @pytest.mark.parametrize("kind", ["JWT", "jwt", "AT+JWT", "application/json", "", None, 5])
    def test_another_type(self, kind: object) -> None:
        header, claims, _ = genuine()

        assert refusal(signed({**header, "typ": kind}, claims))

    def test_no_type(self) -> None:
        header, claims, _ = genuine()
        del header["typ"]

        assert refusal(signed(header, claims)) == "it is not an access token."

    @pytest.mark.parametrize("name", ["iss", "aud", "sub", "email", "iat", "exp", "jti"])
    def test_a_missing_claim(self, name: str) -> None:
        header, claims, _ = genuine()
        del claims[name]

        assert refusal(signed(header, claims))

    @pytest.mark.parametrize("name", ["iss", "aud", "sub", "email", "iat", "exp", "jti", "nbf"])
    @pytest.mark.parametrize("value", [None, True, [], {}, "", "x", ["x"], math.nan, math.inf, -1, 10**400])
    def test_a_claim_of_another_kind(self, name: str, value: object) -> None:
        header, claims, _ = genuine()
        if name in {"sub", "jti"} and value == "x":
            value = 5

        assert refusal(signed(header, {**claims, name: value}))

    def test_another_issuer(self) -> None:
        token = make_issuer(issuer="https://evil.example").issue(ADA, NOW).value

        assert refusal(token) == "it was made by another issuer."

    @pytest.mark.parametrize("audience", ["other", "tracklift2", "TRACKLIFT"])
    def test_another_audience(self, audience: str) -> None:
        token = make_issuer(audience=audience).issue(ADA, NOW).value

        assert refusal(token) == "it is for another audience."

    @pytest.mark.parametrize("name", ["iat", "nbf"])
    def test_a_time_that_has_not_come(self, name: str) -> None:
        header, claims, _ = genuine()
        just_right = signed(header, {**claims, name: NOW_IN_SECONDS + 30})

        assert make_verifier().verify(just_right, NOW) == ADA
        assert refusal(signed(header, {**claims, name: NOW_IN_SECONDS + 31})) == "its time has not come yet."

    @pytest.mark.parametrize("expiry", [NOW_IN_SECONDS, NOW_IN_SECONDS - 0.5, 0])
    def test_a_time_that_is_over(self, expiry: float) -> None:
        header, claims, _ = genuine()

        with pytest.raises(TokenExpiredError):
            make_verifier().verify(signed(header, {**claims, "exp": expiry}), NOW)

    def test_other_claims_under_a_genuine_signature(self) -> None:
        header, claims, signature = genuine()
        claims["sub"] = "f" * 32

        assert refusal(f"{encoded(header)}.{encoded(claims)}.{signature}") == "its signature is wrong."

    @pytest.mark.parametrize(
        "payload", [b"", b"[]", b"null", b"5", b'"x"', b"{", b"\xff\xfe", b"[" * 2000, b'{"a":' * 400]
    )
    def test_claims_that_are_no_json_object(self, payload: bytes) -> None:
        header, _, _ = genuine()

        assert refusal(signed(header, payload)) == "it is malformed."

    @pytest.mark.parametrize("header", [b"", b"[]", b"null", b"5", b'"alg"', b"{", b"\xff", b"[" * 300])
    def test_a_header_that_is_not_a_json_object(self, header: bytes) -> None:
        _, claims, signature = genuine()

        assert refusal(f"{encoded(header)}.{encoded(claims)}.{signature}") == "it is malformed."

    @pytest.mark.parametrize("size", [4_000, 100_000])
    def test_a_huge_token_with_a_good_signature(self, size: int) -> None:
        header, claims, _ = genuine()

        assert refusal(signed(header, {**claims, "more": "x" * size})) == "it is malformed."

    def test_a_genuine_signature_written_in_another_way(self) -> None:
        """The last character of a signature has four bits that no decoder looks at."""
        token = make_issuer().issue(ADA, NOW).value
        others = set(string.ascii_letters + string.digits + "-_") - {token[-1]}

        assert all(refusal(token[:-1] + other) for other in others)

    def test_a_token_for_another_use_of_the_same_key(self) -> None:
        """What else the key may sign, say a link for verifying an address, is no access token."""
        header, claims, _ = genuine()
        token = jwt.encode({**header, "typ": "verification+jwt"}, claims, KEY, algorithms=["Ed25519"])

        assert refusal(token) == "it is not an access token."

    @given(st.text(max_size=200), st.text(max_size=200), st.binary(max_size=64))
    def test_noise(self, header: str, claims: str, signature: bytes) -> None:
        parts = (header.encode("utf-8", "surrogatepass"), claims.encode("utf-8", "surrogatepass"))
        token = ".".join([*map(encoded, parts), encoded(signature.ljust(64, b"\0"))])

        assert refusal(token)

    @given(
        st.dictionaries(
            st.sampled_from(["alg", "typ", "kid", "crit", "b64", "jwk", "x5c", "cty", "x"]),
            st.recursive(
                st.none() | st.booleans() | st.integers() | st.text(max_size=10) | st.just("Ed25519"),
                lambda inner: (
                    st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=2)
                ),
                max_leaves=5,
            ),
        )
    )
    def test_any_header_over_genuine_claims(self, changes: dict[str, Any]) -> None:
        header, claims, signature = genuine()

        assert not changes or refusal(f"{encoded({**header, **changes})}.{encoded(claims)}.{signature}")


class TestKeys:
    def test_a_new_key_takes_over_without_anybody_being_logged_out(self) -> None:
        """Publish the new key, sign with it, keep the old one until its tokens have expired."""
        old = make_issuer(KEY, other_keys=[OTHER_KEY])
        new = make_issuer(OTHER_KEY, other_keys=[KEY])
        verifier = Ed25519TokenVerifier(old.published_keys(), issuer=ISSUER)

        assert verifier.verify(old.issue(ADA, NOW).value, NOW) == ADA
        assert verifier.verify(new.issue(ADA, NOW).value, NOW) == ADA

    def test_keys_can_be_exchanged_while_it_is_in_use(self) -> None:
        verifier = make_verifier()
        of_other_key = make_issuer(OTHER_KEY)

        verifier.use_keys(of_other_key.published_keys())

        assert verifier.verify(of_other_key.issue(ADA, NOW).value, NOW) == ADA
        with pytest.raises(InvalidTokenError, match="not known"):
            verifier.verify(make_issuer().issue(ADA, NOW).value, NOW)

    @pytest.mark.parametrize(
        "keys",
        [
            {},
            {"keys": []},
            {"keys": None},
            {"keys": {}},
            {"keys": [None, 5, "x", [], {}]},
            {"keys": [{"kty": "OKP", "crv": "Ed25519"}]},
            {"keys": [{"kty": "OKP", "crv": "Ed25519", "x": "short"}]},
            {"keys": [{"kty": "OKP", "crv": "Ed25519", "x": 5}]},
            {"keys": [ECKey.generate_key("P-256").as_dict(private=False)]},
            {"keys": [OKPKey.generate_key("Ed448").as_dict(private=False)]},
            {"keys": [{**KEY.as_dict(private=False), "use": "enc"}]},
            {"keys": [{**KEY.as_dict(private=False), "alg": "EdDSA"}]},
            {"keys": [{"kty": "oct", "k": "c2VjcmV0"}]},
        ],
        ids=range(13),
    )
    def test_a_set_without_a_usable_key_is_refused_and_the_old_one_stays(self, keys: dict[str, Any]) -> None:
        verifier = make_verifier()

        with pytest.raises(ValueError, match="no Ed25519 key"):
            verifier.use_keys(keys)

        assert verifier.verify(make_issuer().issue(ADA, NOW).value, NOW) == ADA

    def test_keys_for_something_else_are_ignored(self) -> None:
        others = [ECKey.generate_key("P-256").as_dict(private=False), {"kty": "AKP", "pub": "x"}, None]
        keys = {"keys": [*others, *make_issuer().published_keys()["keys"]]}

        verifier = Ed25519TokenVerifier(keys, issuer=ISSUER)

        assert verifier.verify(make_issuer().issue(ADA, NOW).value, NOW) == ADA

    def test_a_name_that_a_set_gives_a_key_is_not_believed(self) -> None:
        """A key is known by its thumbprint alone, so that none can take another's place."""
        disguised = {**OTHER_KEY.as_dict(private=False), "kid": KEY.thumbprint()}
        keys = {"keys": [*make_issuer().published_keys()["keys"], disguised]}

        verifier = Ed25519TokenVerifier(keys, issuer=ISSUER)

        assert verifier.verify(make_issuer().issue(ADA, NOW).value, NOW) == ADA

    def test_a_private_key_in_a_set_is_used_as_a_public_one(self) -> None:
        verifier = Ed25519TokenVerifier({"keys": [KEY.as_dict(private=True)]}, issuer=ISSUER)

        assert verifier.verify(make_issuer().issue(ADA, NOW).value, NOW) == ADA


def test_a_list_of_audiences_may_name_this_one() -> None:
    header, claims, _ = genuine()

    assert make_verifier().verify(signed(header, {**claims, "aud": ["other", "tracklift"]}), NOW) == ADA


@pytest.mark.parametrize("lifetime", [timedelta(0), timedelta(seconds=-1), timedelta(milliseconds=999)])
def test_a_lifetime_without_a_second_is_refused(lifetime: timedelta) -> None:
    with pytest.raises(ValueError, match="at least a second"):
        make_issuer(lifetime=lifetime)


def test_another_library_verifies_the_signature() -> None:
    """RFC 8037's signature over the token's first two parts, checked without the verifier."""
    token = make_issuer().issue(ADA, NOW).value
    verify: Callable[..., Any] = jws.deserialize_compact

    assert verify(token, KEY, algorithms=["Ed25519"]).payload
    signing_input, _, signature = token.rpartition(".")
    public_key: Any = KEY.public_key
    public_key.verify(base64.urlsafe_b64decode(f"{signature}=="), signing_input.encode())


class TestRememberedTokens:
    """The signature of a token is checked once, and all else each time."""

    def test_a_token_that_was_accepted_expires(self) -> None:
        verifier, token = make_verifier(), make_issuer().issue(ADA, NOW).value
        verifier.verify(token, NOW)

        with pytest.raises(TokenExpiredError):
            verifier.verify(token, NOW + LIFETIME)

    def test_a_token_that_was_accepted_is_refused_once_its_key_is_withdrawn(self) -> None:
        verifier, token = make_verifier(), make_issuer().issue(ADA, NOW).value
        verifier.verify(token, NOW)

        verifier.use_keys(make_issuer(OTHER_KEY).published_keys())

        with pytest.raises(InvalidTokenError, match="not known"):
            verifier.verify(token, NOW)

    def test_a_token_that_differs_in_a_letter_is_refused(self) -> None:
        verifier, token = make_verifier(), make_issuer().issue(ADA, NOW).value
        verifier.verify(token, NOW)

        changed = token[:-10] + ("A" if token[-10] != "A" else "B") + token[-9:]
        with pytest.raises(InvalidTokenError, match="signature is wrong"):
            verifier.verify(changed, NOW)

    def test_a_token_that_was_refused_is_refused_again(self) -> None:
        verifier, forged = make_verifier(), make_issuer(OTHER_KEY).issue(ADA, NOW).value

        for _ in range(2):
            with pytest.raises(InvalidTokenError, match="not known"):
                verifier.verify(forged, NOW)

    def test_so_many_tokens_are_remembered_and_no_more(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(token_verifier, "_MOST_REMEMBERED", 2)
        verifier, issuer = make_verifier(), make_issuer()

        for _ in range(5):
            assert verifier.verify(issuer.issue(ADA, NOW).value, NOW) == ADA

        assert len(verifier._checked) == 2
