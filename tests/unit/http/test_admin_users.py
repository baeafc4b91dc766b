"""Users over HTTP, for admins: found, made, changed, deleted."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import httpx
import pytest

from tests.contracts.examples import ADA, BOB, NOW, SECOND, a_second_factor
from tests.unit.http.backstage import PASSWORD, Backstage
from tracklift_domain.identifiers import UserId
from tracklift_domain.user.access.caller import Caller
from tracklift_domain.user.access.events import SessionsEnded
from tracklift_domain.user.errors import UserNotFoundError
from tracklift_domain.user.events import UserQuotaChanged
from tracklift_domain.user.mailed_link.events import UserInvited
from tracklift_domain.user.role import Role
from tracklift_domain.user.second_factor.events import SecondFactorRemoved

PATH = "/v1/admin/users"
INVITATIONS = "/v1/admin/invitations"
ROOT = UserId("c0ffee" * 5 + "c0")
BOBS = f"{PATH}/{BOB}"
REQUESTS: list[tuple[str, str, dict[str, Any] | None]] = [
    ("GET", PATH, None),
    ("POST", PATH, {"email": "x@example.org"}),
    ("GET", BOBS, None),
    ("PATCH", BOBS, {"role": "admin"}),
    ("DELETE", BOBS, None),
    ("POST", f"{BOBS}/password-reset", None),
    ("DELETE", f"{BOBS}/second-factor", None),
    ("POST", INVITATIONS, {"email": "x@example.org"}),
]


@pytest.fixture
async def root(client: httpx.AsyncClient, backstage: Backstage) -> httpx.AsyncClient:
    """Give a client with an admin's token."""
    await backstage.add_user(ROOT, "root@example.org", role=Role.ADMIN)
    root = await backstage.users.get(ROOT)
    caller = Caller(user_id=ROOT, email=root.email, role=Role.ADMIN)
    token = backstage.tokens.issue(caller, backstage.clock.now())
    client.headers["Authorization"] = f"Bearer {token.value}"
    return client


async def log_in(client: httpx.AsyncClient, email: str = "bob@example.org") -> httpx.Response:
    form = {"grant_type": "password", "username": email, "password": PASSWORD}
    return await client.post("/v1/token", data=form)


class TestLimits:
    async def test_an_admin_sets_and_unsets_them(self, root: httpx.AsyncClient, backstage: Backstage) -> None:
        """Each change replaces all that were set before; the list shows them."""
        nothing = dict.fromkeys(("stored_bytes", "audio_minutes", "conversions_in_flight", "upload_bytes"))
        answer = await root.patch(BOBS, json={"quota": {"stored_bytes": 10**12, "audio_minutes": 0}})
        assert answer.status_code == 200
        assert answer.json()["quota"] == {**nothing, "stored_bytes": 10**12, "audio_minutes": 0}

        await root.patch(BOBS, json={"quota": {"upload_bytes": 5}})
        listed = (await root.get(PATH)).json()["items"]
        assert {user["id"]: user["quota"] for user in listed}[BOB] == {**nothing, "upload_bytes": 5}
        assert (await root.patch(BOBS, json={"role": "operator"})).json()["quota"]["upload_bytes"] == 5

        assert (await root.patch(BOBS, json={"quota": {}})).json()["quota"] == nothing
        pending = await backstage.outbox.pending(limit=100)
        assert sum(isinstance(event, UserQuotaChanged) for event in pending) == 3

    @pytest.mark.parametrize("limit", [-1, 2**63])
    async def test_a_limit_that_can_be_none_is_refused(self, root: httpx.AsyncClient, limit: int) -> None:
        answer = await root.patch(BOBS, json={"quota": {"audio_minutes": limit}})
        assert (answer.status_code, answer.json()["code"]) == (400, "invalid_quota")
        assert answer.json()["field"] == "audio_minutes"

    @pytest.mark.parametrize("quota", [5, {"audio_minutes": "ten"}, {"audio_minutes": 1.5}])
    async def test_what_is_no_number_is_refused(self, root: httpx.AsyncClient, quota: object) -> None:
        answer = await root.patch(BOBS, json={"quota": quota})
        assert (answer.status_code, answer.json()["code"]) == (400, "invalid_request")


class TestWhoMay:
    @pytest.mark.parametrize(("method", "path", "body"), REQUESTS)
    @pytest.mark.parametrize("role", [Role.USER, Role.OPERATOR])
    async def test_who_is_no_admin_is_refused(
        self, client: httpx.AsyncClient, backstage: Backstage, role: Role, method: str, path: str, body: Any
    ) -> None:
        """Whatever the token says."""
        await backstage.users.replace((await backstage.users.get(ADA)).with_role(role))
        email = (await backstage.users.get(ADA)).email
        token = backstage.tokens.issue(Caller(user_id=ADA, email=email, role=Role.ADMIN), NOW)

        answer = await client.request(
            method, path, json=body, headers={"Authorization": f"Bearer {token.value}"}
        )

        assert (answer.status_code, answer.json()["code"]) == (403, "insufficient_role")
        assert (await backstage.users.get(BOB)).role is Role.USER

    @pytest.mark.parametrize(("method", "path", "body"), REQUESTS)
    async def test_an_admins_api_key_is_refused(
        self, root: httpx.AsyncClient, method: str, path: str, body: Any
    ) -> None:
        key = (await root.post("/v1/api-keys", json={"name": "script"})).json()["key"]

        answer = await root.request(method, path, json=body, headers={"Authorization": f"Bearer {key}"})

        assert (answer.status_code, answer.json()["code"]) == (403, "insufficient_scope")

    async def test_the_account_tells_the_role(self, root: httpx.AsyncClient) -> None:
        assert (await root.get("/v1/me")).json()["role"] == "admin"


class TestFinding:
    async def test_a_user_is_shown(self, root: httpx.AsyncClient) -> None:
        shown = (await root.get(BOBS)).json()
        assert shown.pop("quotas")["conversions_in_flight"] == {"used": 0, "limit": 5, "until": None}
        assert shown == {
            "id": BOB,
            "email": "bob@example.org",
            "email_verified": False,
            "role": "user",
            "disabled": False,
            "has_password": True,
            "created_at": "2026-02-03T04:05:06.789123Z",
            "quota": {
                "stored_bytes": None,
                "audio_minutes": None,
                "conversions_in_flight": None,
                "upload_bytes": None,
            },
            "second_factor": False,
        }

    async def test_users_are_listed_page_by_page(self, root: httpx.AsyncClient) -> None:
        first = (await root.get(PATH, params={"limit": 2})).json()
        second = (await root.get(PATH, params={"limit": 2, "cursor": first["next_cursor"]})).json()

        assert [user["email"] for user in first["items"]] == ["ada@example.org", "bob@example.org"]
        assert [user["email"] for user in second["items"]] == ["root@example.org"]
        assert second["next_cursor"] is None

    async def test_a_search_finds_a_part_of_an_address(self, root: httpx.AsyncClient) -> None:
        found = (await root.get(PATH, params={"search": "BOB"})).json()
        assert [user["id"] for user in found["items"]] == [BOB]
        assert (await root.get(PATH, params={"search": "%"})).json()["items"] == []

    @pytest.mark.parametrize("cursor", ["!", "é", "x", "bm9ib2R5", "_w", "a" * 512])
    async def test_a_forged_cursor_is_refused(self, root: httpx.AsyncClient, cursor: str) -> None:
        answer = await root.get(PATH, params={"cursor": cursor})

        assert (answer.status_code, answer.json()["code"]) == (400, "invalid_cursor")

    @pytest.mark.parametrize(
        "query",
        [{"limit": 0}, {"limit": 101}, {"limit": "many"}, {"search": "x" * 255}, {"cursor": "x" * 513}],
    )
    async def test_a_query_out_of_range_is_refused(
        self, root: httpx.AsyncClient, query: dict[str, Any]
    ) -> None:
        answer = await root.get(PATH, params=query)

        assert (answer.status_code, answer.json()["code"]) == (400, "invalid_request")
        assert answer.json()["field"] == next(iter(query))


class TestMaking:
    async def test_a_user_without_a_password_is_mailed_a_link(
        self, root: httpx.AsyncClient, backstage: Backstage
    ) -> None:
        answer = await root.post(PATH, json={"email": "New@Example.org", "role": "operator"})

        assert answer.status_code == 201
        made = answer.json()
        assert (made["email"], made["role"], made["has_password"]) == ("new@example.org", "operator", False)
        (mail,) = [
            event for event in await backstage.outbox.pending(limit=10) if isinstance(event, UserInvited)
        ]
        assert mail.email == "new@example.org"

    async def test_a_user_with_a_password_can_log_in(self, root: httpx.AsyncClient) -> None:
        body = {"email": "new@example.org", "password": PASSWORD}
        assert (await root.post(PATH, json=body)).status_code == 201
        assert (await log_in(root, "new@example.org")).status_code == 200

    @pytest.mark.parametrize(
        ("body", "status", "code"),
        [
            ({"email": "bob@example.org"}, 409, "email_taken"),
            ({"email": "nobody"}, 400, "invalid_email"),
            ({"email": "x@example.org", "password": "short"}, 400, "weak_password"),
            ({"email": "x@example.org", "role": "king"}, 400, "invalid_request"),
            ({"email": 7}, 400, "invalid_request"),
            ({}, 400, "invalid_request"),
            ([], 400, "invalid_request"),
        ],
    )
    async def test_what_is_no_user_is_not_made(
        self, root: httpx.AsyncClient, body: Any, status: int, code: str
    ) -> None:
        answer = await root.post(PATH, json=body)

        assert (answer.status_code, answer.json()["code"]) == (status, code)


class TestChanging:
    async def test_a_disabled_user_is_let_in_no_more_and_an_enabled_one_is(
        self, root: httpx.AsyncClient
    ) -> None:
        tokens = (await log_in(root)).json()
        answer = await root.patch(BOBS, json={"disabled": True})
        assert (answer.status_code, answer.json()["disabled"]) == (200, True)

        refused = await log_in(root)
        assert (refused.status_code, refused.json()["code"]) == (403, "account_disabled")
        assert refused.json()["error"] == "invalid_grant"
        browser = await root.post("/v1/session", json={"email": "bob@example.org", "password": PASSWORD})
        assert (browser.status_code, browser.json()["code"]) == (403, "account_disabled")
        refresh = {"grant_type": "refresh_token", "refresh_token": tokens["refresh_token"]}
        assert (await root.post("/v1/token", data=refresh)).json()["code"] == "invalid_grant"

        assert (await root.patch(BOBS, json={"disabled": False})).json()["disabled"] is False
        assert (await log_in(root)).status_code == 200

    async def test_a_role_is_given(self, root: httpx.AsyncClient, backstage: Backstage) -> None:
        assert (await root.patch(BOBS, json={"role": "admin"})).json()["role"] == "admin"
        assert (await backstage.users.get(BOB)).role is Role.ADMIN

    async def test_a_change_of_nothing_shows_the_user(self, root: httpx.AsyncClient) -> None:
        assert (await root.patch(BOBS, json={})).json()["role"] == "user"

    @pytest.mark.parametrize("body", [{"role": "king"}, {"disabled": "perhaps"}, [], "x"])
    async def test_what_is_no_change_is_refused(self, root: httpx.AsyncClient, body: Any) -> None:
        answer = await root.patch(BOBS, json=body)

        assert (answer.status_code, answer.json()["code"]) == (400, "invalid_request")

    @pytest.mark.parametrize(
        ("body", "field"),
        [
            ({"quota": {"bogus": 1}}, "quota.bogus"),
            ({"stored_bytes": 5}, "stored_bytes"),
            ({"quota": {"stored_bytes": "5"}}, "quota.stored_bytes"),
            ({"quota": {"stored_bytes": True}}, "quota.stored_bytes"),
            ({"disabled": "true"}, "disabled"),
            ({"disabled": 1}, "disabled"),
        ],
    )
    async def test_a_mistyped_change_is_refused_and_leaves_the_limits(
        self, root: httpx.AsyncClient, body: Any, field: str
    ) -> None:
        limited = (await root.patch(BOBS, json={"quota": {"audio_minutes": 6000}})).json()

        answer = await root.patch(BOBS, json=body)

        assert (answer.status_code, answer.json()["code"]) == (400, "invalid_request")
        assert answer.json()["field"] == field
        assert (await root.get(BOBS)).json()["quota"] == limited["quota"]

    async def test_a_missing_token_is_reported_before_what_is_wrong_with_the_body(
        self, client: httpx.AsyncClient
    ) -> None:
        answer = await client.patch(BOBS, json={"bogus": 1})

        assert answer.status_code == 401

    async def test_admins_do_not_lock_themselves_out(self, root: httpx.AsyncClient) -> None:
        for answer in (
            await root.patch(f"{PATH}/{ROOT}", json={"role": "user"}),
            await root.delete(f"{PATH}/{ROOT}"),
        ):
            assert (answer.status_code, answer.json()["code"]) == (409, "own_account")

    async def test_a_deleted_user_is_gone(self, root: httpx.AsyncClient, backstage: Backstage) -> None:
        assert (await root.delete(BOBS)).status_code == 204

        with pytest.raises(UserNotFoundError):
            await backstage.users.get(BOB)

    async def test_a_link_for_a_new_password_is_mailed(
        self, root: httpx.AsyncClient, backstage: Backstage
    ) -> None:
        answer = await root.post(f"{BOBS}/password-reset")

        assert (answer.status_code, answer.content) == (202, b"")
        assert len(await backstage.outbox.pending(limit=10)) == 1
        await root.patch(BOBS, json={"disabled": True})
        refused = await root.post(f"{BOBS}/password-reset")
        assert (refused.status_code, refused.json()["code"]) == (403, "account_disabled")

    @pytest.mark.parametrize(("method", "path", "body"), REQUESTS[2:7])
    async def test_who_is_not_there_is_not_found(
        self, root: httpx.AsyncClient, method: str, path: str, body: Any
    ) -> None:
        answer = await root.request(method, path.replace(BOB, "nobody"), json=body)

        assert (answer.status_code, answer.json()["code"]) == (404, "user_not_found")


class TestSecondFactors:
    async def test_an_admin_sees_that_there_is_one_and_removes_it(
        self, root: httpx.AsyncClient, backstage: Backstage
    ) -> None:
        begun = a_second_factor(user_id=BOB)
        await backstage.second_factors.begin(begun)
        assert (await root.get(BOBS)).json()["second_factor"] is False
        await backstage.second_factors.replace(replace(begun, confirmed_at=NOW, revision=2))
        assert (await root.get(BOBS)).json()["second_factor"] is True
        assert (await log_in(root)).json()["code"] == "second_factor_required"

        answer = await root.delete(f"{BOBS}/second-factor")

        assert (answer.status_code, answer.content) == (204, b"")
        assert (await log_in(root)).status_code == 200
        (told,) = await backstage.outbox.pending(limit=10)
        assert isinstance(told, SecondFactorRemoved)
        again = await root.delete(f"{BOBS}/second-factor")
        assert (again.status_code, again.json()["code"]) == (404, "second_factor_not_found")

    async def test_the_own_one_takes_password_and_code(self, root: httpx.AsyncClient) -> None:
        answer = await root.delete(f"{PATH}/{ROOT}/second-factor")
        assert (answer.status_code, answer.json()["code"]) == (409, "own_account")


class TestEndedAccess:
    async def test_a_token_is_refused_once_the_gateway_has_heard_of_the_end(
        self, client: httpx.AsyncClient, backstage: Backstage
    ) -> None:
        """By header and by cookie; one of a later log-in is taken."""
        client.headers.update(backstage.headers(BOB))
        assert (await client.get("/v1/conversions")).status_code == 200
        ended = SessionsEnded.all_of(await backstage.users.get(BOB), backstage.clock.now())

        await backstage.ended_access.record(BOB, ended.time)

        refused = await client.get("/v1/conversions")
        assert (refused.status_code, refused.json()["code"]) == (401, "invalid_token")
        cookie = {"Cookie": "tracklift_access=" + client.headers.pop("Authorization").removeprefix("Bearer ")}
        assert (await client.get("/v1/conversions", headers=cookie)).status_code == 401
        backstage.clock.advance(SECOND)
        assert (await client.get("/v1/conversions", headers=backstage.headers(BOB))).status_code == 200

    async def test_a_key_of_a_disabled_user_is_refused_at_once_once_that_was_heard(
        self, client: httpx.AsyncClient, backstage: Backstage
    ) -> None:
        """Without the wait for the next look-up; also where auth can't be asked."""
        client.headers.update(backstage.headers(BOB))
        key = (await client.post("/v1/api-keys", json={"name": "script"})).json()["key"]
        client.headers["Authorization"] = f"Bearer {key}"
        assert (await client.get("/v1/conversions")).status_code == 200
        backstage.clock.advance(timedelta(seconds=1))

        bob = await backstage.users.get(BOB)
        await backstage.users.replace(bob.disabled(backstage.clock.now()))
        assert (await client.get("/v1/conversions")).status_code == 200
        await backstage.ended_access.record(BOB, backstage.clock.now())

        assert (await client.get("/v1/conversions")).json()["code"] == "invalid_api_key"
