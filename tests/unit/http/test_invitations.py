"""Invitations and changes of addresses over HTTP."""

import httpx
import pytest

from tests.contracts.examples import ADA, DAY
from tests.unit.http.backstage import PASSWORD, Backstage
from tests.unit.http.test_mailed_links import log_in, mailed
from tracklift_domain.identifiers import UserId
from tracklift_domain.user.access.caller import Caller
from tracklift_domain.user.mailed_link.events import EmailChangeRequested, UserInvited
from tracklift_domain.user.registration.registration import RegistrationMode, RegistrationPolicy
from tracklift_domain.user.role import Role

ROOT = UserId("c0ffee" * 5 + "c0")
NEW = "a whole new passphrase"


@pytest.fixture
def backstage() -> Backstage:
    """Give an installation whose accounts are made by invitation."""
    return Backstage(registration=RegistrationPolicy(mode=RegistrationMode.INVITED))


@pytest.fixture
async def client(client: httpx.AsyncClient) -> httpx.AsyncClient:
    """Give a client whose answers are not held against the document."""
    client.event_hooks = {}
    return client


@pytest.fixture
async def invitation(client: httpx.AsyncClient, backstage: Backstage) -> str:
    """Give the token that Carol is mailed."""
    await backstage.add_user(ROOT, "root@example.org", role=Role.ADMIN)
    root = Caller(user_id=ROOT, email=(await backstage.users.get(ROOT)).email)
    bearer = {"Authorization": f"Bearer {backstage.tokens.issue(root, backstage.clock.now()).value}"}
    answer = await client.post("/v1/admin/invitations", json={"email": "carol@example.org"}, headers=bearer)
    assert (answer.status_code, answer.json()["has_password"]) == (201, False)
    (token,) = await mailed(backstage, UserInvited)
    return token


@pytest.fixture
async def change(ada: httpx.AsyncClient, backstage: Backstage) -> str:
    """Give the token that Ada's new address is mailed."""
    body = {"email": "lovelace@example.org", "password": PASSWORD}
    answer = await ada.post("/v1/me/email", json=body)
    assert (answer.status_code, answer.content) == (202, b"")
    (token,) = await mailed(backstage, EmailChangeRequested)
    return token


async def test_no_one_signs_up_without_an_invitation(client: httpx.AsyncClient) -> None:
    answer = await client.post("/v1/users", json={"email": "carol@example.org", "password": PASSWORD})

    assert (answer.status_code, answer.json()["code"]) == (403, "invitation_required")


async def test_an_invitation_is_accepted_once(client: httpx.AsyncClient, invitation: str) -> None:
    body = {"token": invitation, "password": NEW}

    assert (await client.post("/v1/invitations/accept", json=body)).status_code == 204

    assert (await log_in(client, NEW, "carol@example.org")).status_code == 200
    again = await client.post("/v1/invitations/accept", json=body)
    assert (again.status_code, again.json()["code"]) == (410, "link_used")


async def test_a_new_address_is_confirmed_by_its_mail(
    client: httpx.AsyncClient, backstage: Backstage, change: str
) -> None:
    assert (await client.post("/v1/email-changes/confirm", json={"token": change})).status_code == 204

    assert (await backstage.users.get(ADA)).email.value == "lovelace@example.org"
    again = await client.post("/v1/email-changes/confirm", json={"token": change})
    assert (again.status_code, again.json()["code"]) == (410, "link_used")


async def test_an_address_that_is_taken_by_then_stays_its_owners(
    client: httpx.AsyncClient, backstage: Backstage, change: str
) -> None:
    await backstage.add_user(UserId("c" * 32), "lovelace@example.org")

    answer = await client.post("/v1/email-changes/confirm", json={"token": change})
    assert (answer.status_code, answer.json()["code"]) == (409, "email_taken")


async def test_a_token_that_is_late_or_made_up_is_refused(
    client: httpx.AsyncClient, backstage: Backstage, change: str, invitation: str
) -> None:
    backstage.clock.advance(7 * DAY)

    for path, late, more in (
        ("/v1/invitations/accept", invitation, {"password": NEW}),
        ("/v1/email-changes/confirm", change, {}),
    ):
        for token, status in ((late, 410), ("made up", 400), ("x" * 129, 400)):
            answer = await client.post(path, json={"token": token, **more})
            assert answer.status_code == status


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({"email": "lovelace@example.org", "password": "wrong"}, 400, "wrong_password"),
        ({"email": "lovelace@example.org"}, 400, "wrong_password"),
        ({"email": "bob@example.org", "password": PASSWORD}, 409, "email_taken"),
        ({"email": "nobody", "password": PASSWORD}, 400, "invalid_email"),
        ({"password": PASSWORD}, 400, "invalid_request"),
        ([], 400, "invalid_request"),
    ],
)
async def test_a_change_that_may_not_be_is_refused(
    ada: httpx.AsyncClient, backstage: Backstage, body: object, status: int, code: str
) -> None:
    answer = await ada.post("/v1/me/email", json=body)

    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert await mailed(backstage, EmailChangeRequested) == []
