"""The operator says who may sign up, and who may upload."""

from collections.abc import AsyncIterator

import httpx
import pytest

from tests.contracts.examples import ADA
from tests.unit.http.backstage import PASSWORD, Backstage
from tracklift_domain.user.email_address import EmailAddress
from tracklift_domain.user.registration.registration import RegistrationMode, RegistrationPolicy


class TestClosed:
    @pytest.fixture
    def backstage(self) -> Backstage:
        return Backstage(registration=RegistrationPolicy(mode=RegistrationMode.CLOSED))

    @pytest.mark.parametrize("email", ["carol@example.org", "ada@example.org", "no address"])
    async def test_no_one_signs_up(self, client: httpx.AsyncClient, email: str) -> None:
        answer = await client.post("/v1/users", json={"email": email, "password": PASSWORD})

        assert (answer.status_code, answer.json()["code"]) == (403, "registration_closed")

    async def test_those_who_have_an_account_log_in(self, client: httpx.AsyncClient) -> None:
        credentials = {"email": "ada@example.org", "password": PASSWORD}

        assert (await client.post("/v1/session", json=credentials)).status_code == 204


class TestDomains:
    @pytest.fixture
    def backstage(self) -> Backstage:
        return Backstage(registration=RegistrationPolicy.of(mode="open", domains=["example.net"]))

    @pytest.mark.parametrize(
        ("email", "status"),
        [("carol@Example.NET", 201), ("carol@example.org", 403), ("carol@mail.example.net", 403)],
    )
    async def test_the_domain_of_the_address_decides(
        self, client: httpx.AsyncClient, email: str, status: int
    ) -> None:
        answer = await client.post("/v1/users", json={"email": email, "password": PASSWORD})

        assert answer.status_code == status
        assert answer.json().get("code") in {None, "email_domain_not_allowed"}


class TestUnverifiedAddresses:
    @pytest.fixture
    def backstage(self) -> Backstage:
        return Backstage(unverified_uploads=False)

    async def test_a_user_uploads_once_the_address_is_verified(
        self, client: httpx.AsyncClient, backstage: Backstage
    ) -> None:
        """With the same token, which says that it was not."""
        headers = backstage.headers(ADA, verified=False)
        video = {"file": ("talk.mp4", b"Dear video")}

        refused = await client.post("/v1/conversions", files=video, headers=headers)
        await backstage.verified.record(ADA, EmailAddress("ada@example.org"))
        taken = await client.post("/v1/conversions", files=video, headers=headers)

        assert (refused.status_code, refused.json()["code"]) == (403, "unverified_address")
        assert taken.status_code == 202

    async def test_a_token_that_says_so_is_enough(
        self, client: httpx.AsyncClient, backstage: Backstage
    ) -> None:
        answer = await client.post(
            "/v1/conversions", files={"file": ("talk.mp4", b"x")}, headers=backstage.headers(ADA)
        )

        assert answer.status_code == 202

    async def test_nothing_is_read_of_a_video_that_is_refused(
        self, client: httpx.AsyncClient, backstage: Backstage
    ) -> None:
        async def endless() -> AsyncIterator[bytes]:
            while True:
                yield b"x" * 1024

        headers = {
            **backstage.headers(ADA, verified=False),
            "Content-Type": "video/mp4",
            "Content-Length": "9000",
        }
        answer = await client.post("/v1/conversions", content=endless(), headers=headers)

        assert answer.status_code == 403

    async def test_all_else_works_without(self, client: httpx.AsyncClient, backstage: Backstage) -> None:
        answer = await client.get("/v1/conversions", headers=backstage.headers(ADA, verified=False))

        assert answer.status_code == 200
