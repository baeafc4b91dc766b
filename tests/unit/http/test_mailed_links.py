"""Asking for mails with links, and showing the tokens out of them."""

import httpx
import pytest

from tests.contracts.examples import ADA, DAY
from tests.unit.faults import down
from tests.unit.http.backstage import PASSWORD, Backstage
from tracklift_domain.user.mailed_link.events import (
    EmailVerificationRequested,
    LinkRequested,
    PasswordResetRequested,
)

NEW = "a whole new passphrase"


async def mailed(backstage: Backstage, kind: type[LinkRequested]) -> list[str]:
    """Give the tokens that were mailed, oldest first."""
    events = await backstage.outbox.pending(limit=100)
    return [event.token for event in events if isinstance(event, kind)]


async def log_in(client: httpx.AsyncClient, password: str, email: str = "ada@example.org") -> httpx.Response:
    form = {"grant_type": "password", "username": email, "password": password}
    return await client.post("/v1/token", data=form)


@pytest.fixture
async def token(client: httpx.AsyncClient, backstage: Backstage) -> str:
    """Give the token that Ada was mailed for a new password."""
    await client.post("/v1/password-resets", json={"email": "ada@example.org"})
    (token,) = await mailed(backstage, PasswordResetRequested)
    return token


async def test_signing_up_sends_the_mail_that_verifies_the_address(
    client: httpx.AsyncClient, backstage: Backstage
) -> None:
    await client.post("/v1/users", json={"email": "carol@example.org", "password": PASSWORD})
    access = (await log_in(client, PASSWORD, "carol@example.org")).json()["access_token"]
    (token,) = await mailed(backstage, EmailVerificationRequested)

    answer = await client.post("/v1/email-verifications/confirm", json={"token": token})

    assert (answer.status_code, answer.content) == (204, b"")
    me = await client.get("/v1/me", headers={"Authorization": f"Bearer {access}"})
    assert me.json()["email_verified"] is True


async def test_the_mail_is_sent_again_to_the_user_who_asks_and_to_no_other(
    ada: httpx.AsyncClient, backstage: Backstage
) -> None:
    answers = [await ada.post("/v1/email-verifications") for _ in range(7)]

    assert {(answer.status_code, answer.content) for answer in answers} == {(202, b"")}
    events = await backstage.outbox.pending(limit=100)
    assert [event.subject for event in events] == [ADA] * 5


async def test_a_reset_is_answered_alike_whether_the_address_is_known_or_not(
    client: httpx.AsyncClient, backstage: Backstage
) -> None:
    """Nor does the sixth mail in an hour make a difference, which is not sent."""
    known = [await client.post("/v1/password-resets", json={"email": "ada@example.org"}) for _ in range(6)]
    unknown = await client.post("/v1/password-resets", json={"email": "nobody@example.org"})

    for answer in known:
        assert (answer.status_code, answer.content) == (unknown.status_code, unknown.content) == (202, b"")
        assert answer.headers.keys() == unknown.headers.keys()
    assert len(await mailed(backstage, PasswordResetRequested)) == 5


async def test_what_is_not_an_address_is_refused(client: httpx.AsyncClient) -> None:
    answer = await client.post("/v1/password-resets", json={"email": "nobody"})

    assert (answer.status_code, answer.json()["code"]) == (400, "invalid_email")


async def test_an_outage_is_told_before_the_answer_and_logged_behind_it(
    client: httpx.AsyncClient, backstage: Backstage, caplog: pytest.LogCaptureFixture
) -> None:
    backstage.mailed_token_storage.error = down()
    behind = await client.post("/v1/password-resets", json={"email": "ada@example.org"})
    backstage.user_storage.error = down()
    before = await client.post("/v1/password-resets", json={"email": "ada@example.org"})

    assert behind.status_code == 202
    assert f"No link is mailed to user {ADA}" in caplog.text
    assert (before.status_code, before.json()["code"]) == (503, "service_unavailable")


async def test_the_token_sets_the_password_and_ends_the_sessions(
    client: httpx.AsyncClient, token: str
) -> None:
    refresh_token = (await log_in(client, PASSWORD)).json()["refresh_token"]

    answer = await client.post("/v1/password-resets/confirm", json={"token": token, "password": NEW})

    assert (answer.status_code, answer.content) == (204, b"")
    assert (await log_in(client, NEW)).status_code == 200
    assert (await log_in(client, PASSWORD)).json()["code"] == "wrong_credentials"
    form = {"grant_type": "refresh_token", "refresh_token": refresh_token}
    assert (await client.post("/v1/token", data=form)).json()["code"] == "invalid_grant"


async def test_a_token_that_is_good_for_nothing_is_refused_with_a_code(
    client: httpx.AsyncClient, backstage: Backstage, token: str
) -> None:
    """Its holder learns why it is refused, and nothing about the account."""

    async def refusal(shown: str) -> tuple[int, str]:
        reset = {"token": shown, "password": NEW}
        answer = await client.post("/v1/password-resets/confirm", json=reset)
        assert "ada" not in answer.text
        return answer.status_code, answer.json()["code"]

    await client.post("/v1/password-resets", json={"email": "ada@example.org"})
    assert await refusal("unknown") == await refusal("") == await refusal("ü") == (400, "invalid_link")
    wrong = await client.post("/v1/email-verifications/confirm", json={"token": token})
    assert (wrong.status_code, wrong.json()["code"]) == (400, "invalid_link")
    await client.post("/v1/password-resets/confirm", json={"token": token, "password": NEW})
    for used in await mailed(backstage, PasswordResetRequested):
        assert await refusal(used) == (410, "link_used")
    backstage.clock.advance(DAY)
    await client.post("/v1/password-resets", json={"email": "ada@example.org"})
    late = (await mailed(backstage, PasswordResetRequested))[-1]
    backstage.clock.advance(DAY)
    assert await refusal(late) == (410, "link_expired")


async def test_a_weak_password_leaves_the_token_good(client: httpx.AsyncClient, token: str) -> None:
    refused = await client.post("/v1/password-resets/confirm", json={"token": token, "password": "short"})

    assert (refused.status_code, refused.json()["code"]) == (400, "weak_password")
    good = await client.post("/v1/password-resets/confirm", json={"token": token, "password": NEW})
    assert good.status_code == 204


@pytest.mark.parametrize(
    ("path", "body", "field"),
    [
        ("/v1/password-resets", {}, "email"),
        ("/v1/password-resets/confirm", {"token": "x"}, "password"),
        ("/v1/email-verifications/confirm", {"token": 1}, "token"),
    ],
)
async def test_json_of_another_shape_is_refused_by_the_name_of_the_field(
    client: httpx.AsyncClient, path: str, body: object, field: str
) -> None:
    answer = await client.post(path, json=body)

    assert (answer.status_code, answer.json()["code"]) == (400, "invalid_request")
    assert answer.json()["field"] == field
