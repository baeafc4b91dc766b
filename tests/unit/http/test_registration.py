"""The operator says who may sign up."""

import httpx
import pytest

from tests.unit.http.backstage import PASSWORD, Backstage
from tracklift_domain.user.registration import RegistrationPolicy


class TestClosed:
    @pytest.fixture
    def backstage(self) -> Backstage:
        return Backstage(registration=RegistrationPolicy(open=False))

    @pytest.mark.parametrize("email", ["carol@example.org", "ada@example.org", "no address"])
    async def test_nobody_signs_up(self, client: httpx.AsyncClient, email: str) -> None:
        answer = await client.post("/v1/users", json={"email": email, "password": PASSWORD})

        assert (answer.status_code, answer.json()["code"]) == (403, "registration_closed")

    async def test_those_who_have_an_account_log_in(self, client: httpx.AsyncClient) -> None:
        credentials = {"email": "ada@example.org", "password": PASSWORD}

        assert (await client.post("/v1/session", json=credentials)).status_code == 204


class TestDomains:
    @pytest.fixture
    def backstage(self) -> Backstage:
        return Backstage(registration=RegistrationPolicy.of(open_=True, domains=["example.net"]))

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
