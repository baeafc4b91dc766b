"""Nobody gets at a conversion without a good token of its owner's."""

import base64
import hashlib
import hmac
import json
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final

import pytest
from joserfc import jws
from joserfc.jwk import OKPKey

from tests.end_to_end.accounts import new_user
from tests.end_to_end.standalone_process import StandaloneProcess
from tests.end_to_end.user import User
from tests.media.samples import sample

pytestmark = [pytest.mark.media, pytest.mark.network]

ALGORITHM: Final = "Ed25519"


@pytest.fixture(scope="module")
def tracklift(shared_tracklift: StandaloneProcess) -> StandaloneProcess:
    return shared_tracklift


@pytest.fixture(scope="module")
def user(tracklift: StandaloneProcess) -> Iterator[User]:
    """Give somebody with an account."""
    user = new_user(tracklift.data, tracklift.address, "owner@example.org")
    yield user
    user.http.close()


class Forger:
    """Makes tokens that look like a good one, with the key of the data folder or another."""

    def __init__(self, token: str, key_file: Path) -> None:
        self.token = token
        head, claims, _ = token.split(".")
        self.header: dict[str, Any] = json.loads(_decoded(head))
        self.claims: dict[str, Any] = json.loads(_decoded(claims))
        self._key = OKPKey.import_key(key_file.read_bytes())

    def signed(self, key: OKPKey | None = None, **changes: Any) -> str:
        """Sign the claims with changes."""
        payload = json.dumps({**self.claims, **changes}).encode()
        return jws.serialize_compact(self.header, payload, key or self._key, algorithms=[ALGORITHM])

    def unsigned(self, algorithm: str) -> str:
        """Write the claims under another algorithm, without a signature."""
        header = json.dumps({**self.header, "alg": algorithm}).encode()
        return f"{_encoded(header)}.{_encoded(json.dumps(self.claims).encode())}."

    def signed_by_public_key(self) -> str:
        """Sign with the public key as if it were a shared secret."""
        secret = self._key.as_pem(private=False)
        text = self.unsigned("HS256").removesuffix(".")
        return f"{text}.{_encoded(hmac.new(secret, text.encode(), hashlib.sha256).digest())}"

    def altered(self) -> str:
        """Put another user's id under the signature of a good token."""
        head, _, signature = self.token.split(".")
        claims = json.dumps({**self.claims, "sub": "0" * 32}).encode()
        return f"{head}.{_encoded(claims)}.{signature}"


FORGED: dict[str, Callable[[Forger], str]] = {
    "expired": lambda forger: forger.signed(iat=_now() - 7200, exp=_now() - 3600),
    "alg none": lambda forger: forger.unsigned("none"),
    "other key": lambda forger: forger.signed(OKPKey.generate_key(ALGORITHM)),
    "other audience": lambda forger: forger.signed(aud="somebody-else"),
    "other issuer": lambda forger: forger.signed(iss="https://tracklift.example"),
    "public key as secret": lambda forger: forger.signed_by_public_key(),
    "altered": lambda forger: forger.altered(),
    "without expiry": lambda forger: forger.signed(exp=None),
    "nonsense": lambda _: "nonsense",
}


@pytest.mark.parametrize("forgery", FORGED)
def test_a_bad_token_opens_nothing(tracklift: StandaloneProcess, user: User, forgery: str) -> None:
    """Neither what is there is shown nor a video taken, and the answer says to log in again."""
    forger = Forger(user.token, tracklift.data.path / "signing-key.pem")
    headers = {"Authorization": f"Bearer {FORGED[forgery](forger)}"}
    before = tracklift.data.settled_contents()
    code = "token_expired" if forgery == "expired" else "invalid_token"

    with sample("one-second").open("rb") as video:
        upload = user.http.post("/v1/conversions", headers=headers, files={"file": video})
    for answer in (user.http.get("/v1/conversions", headers=headers), upload):
        assert (answer.status_code, answer.json()["code"]) == (401, code)
        assert 'error="invalid_token"' in answer.headers["WWW-Authenticate"]
        assert "og in again" in answer.json()["detail"]
    assert tracklift.data.contents() == before


def test_a_token_that_is_signed_like_ours_is_taken(tracklift: StandaloneProcess, user: User) -> None:
    """So that the forgeries above are refused for what is wrong in them and not for how they are made."""
    forger = Forger(user.token, tracklift.data.path / "signing-key.pem")
    headers = {"Authorization": f"Bearer {forger.signed()}"}

    assert user.http.get("/v1/conversions", headers=headers).status_code == 200


@pytest.mark.parametrize("header", [None, "", "Bearer", "Basic YWRhOnB3"])
def test_without_a_token_nothing_opens(tracklift: StandaloneProcess, user: User, header: str | None) -> None:
    """The answer says where to get one."""
    headers = {} if header is None else {"Authorization": header}
    before = tracklift.data.settled_contents()
    stranger = User(tracklift.address)

    with sample("one-second").open("rb") as video:
        upload = stranger.http.post("/v1/conversions", headers=headers, files={"file": video})
    for answer in (stranger.http.get("/v1/conversions", headers=headers), upload):
        assert (answer.status_code, answer.json()["code"]) == (401, "missing_token")
        assert answer.headers["WWW-Authenticate"].startswith("Bearer")
        assert "/v1/token" in answer.json()["detail"]
    assert tracklift.data.contents() == before
    stranger.http.close()


@pytest.fixture(scope="module")
def conversion_id(user: User) -> str:
    """Give a conversion that has completed."""
    conversion_id = user.upload(sample("one-second"))
    assert user.wait_for_end(conversion_id)["state"] == "completed"
    return conversion_id


@pytest.fixture(scope="module")
def bob(tracklift: StandaloneProcess) -> Iterator[User]:
    """Give somebody else with an account."""
    bob = new_user(tracklift.data, tracklift.address, "another@example.org")
    yield bob
    bob.http.close()


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", ""),
        ("GET", "/audio"),
        ("HEAD", "/audio"),
        ("GET", "/events"),
        ("POST", "/cancel"),
        ("POST", "/retry"),
        ("DELETE", ""),
    ],
)
def test_anothers_conversion_is_not_found(
    user: User, bob: User, conversion_id: str, method: str, path: str
) -> None:
    """As if it did not exist, and its owner still has it."""
    for wanted in (conversion_id, "0" * 32):
        answer = bob.http.request(method, f"/v1/conversions/{wanted}{path}")
        assert answer.status_code == 404
        if method != "HEAD":
            assert answer.json()["code"] == "conversion_not_found"
    assert bob.records() == []
    assert user.http.get(f"/v1/conversions/{conversion_id}/audio").status_code == 200


def _now() -> int:
    return int(time.time())


def _decoded(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def _encoded(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()
