"""Access that has ended is refused by every gateway: by tokens, cookies and API keys, with and without auth."""

from collections.abc import Callable, Iterator

import httpx
import pytest

from tests.end_to_end.user import User
from tests.end_to_end.waiting import PATIENCE, wait_for
from tests.selection import thorough
from tests.services.service_process import ServiceProcess
from tests.services.stage import Stage

pytestmark = [pytest.mark.network, pytest.mark.kill]


@pytest.fixture
def user(stage: Stage) -> Iterator[User]:
    """Give somebody new."""
    user = stage.new_user()
    yield user
    user.http.close()


class Proofs:
    """An access token, the same as a cookie, and an API key, shown to two gateways."""

    def __init__(self, stage: Stage, second_gateway: ServiceProcess, user: User) -> None:
        self._addresses = [stage.services.gateway.address, second_gateway.address]
        self._token = user.token
        self.key = user.http.post("/v1/api-keys", json={"name": "script"}).raise_for_status().json()["key"]

    def statuses(self, *, key: bool = True) -> list[int]:
        """Show all of them to both gateways."""
        shown = [
            {"Authorization": f"Bearer {self._token}"},
            {"Cookie": f"tracklift_access={self._token}"},
            *([{"Authorization": f"Bearer {self.key}"}] if key else []),
        ]
        return [
            httpx.get(f"{address}/v1/conversions", headers=headers, timeout=PATIENCE).status_code
            for address in self._addresses
            for headers in shown
        ]


@pytest.fixture
def proofs(stage: Stage, second_gateway: ServiceProcess, user: User) -> Proofs:
    """Give proofs that both gateways take."""
    proofs = Proofs(stage, second_gateway, user)
    assert proofs.statuses() == [200] * 6
    return proofs


def find(root: User, email: str) -> str:
    """Give the path of a user."""
    (found,) = root.http.get("/v1/admin/users", params={"search": email}).raise_for_status().json()["items"]
    return f"/v1/admin/users/{found['id']}"


def disable(stage: Stage, user: User) -> None:
    root = stage.new_user(role="admin")
    root.http.patch(find(root, user.email), json={"disabled": True}).raise_for_status()
    root.http.close()


def remove(stage: Stage, user: User) -> None:
    root = stage.new_user(role="admin")
    root.http.delete(find(root, user.email)).raise_for_status()
    root.http.close()


@pytest.mark.parametrize("end", [disable, *thorough([remove])])
def test_all_access_to_an_account_ends_at_every_gateway_within_a_minute(
    stage: Stage, user: User, proofs: Proofs, end: Callable[[Stage, User], None]
) -> None:
    """Although auth is down from then on. The wait is given up after 60 seconds."""
    end(stage, user)
    wait_for(lambda: proofs.statuses(key=False) == [401] * 4, "both refuse the token")

    wait_for(lambda: proofs.statuses() == [401] * 6, "both refuse the key")


def test_all_tokens_end_with_all_sessions_and_keys_stay(user: User, proofs: Proofs) -> None:
    """A log-in right afterwards is taken by both."""
    user.http.delete("/v1/sessions").raise_for_status()
    user.log_in()

    wait_for(lambda: proofs.statuses() == [401, 401, 200] * 2, "both refuse the token")
    assert user.http.get("/v1/conversions").status_code == 200


def test_what_ended_stays_so_at_a_gateway_that_starts_while_auth_and_rabbitmq_are_down(
    stage: Stage, user: User, proofs: Proofs, second_gateway: ServiceProcess
) -> None:
    """It reads it from MongoDB; the key can't be looked up."""
    user.http.delete("/v1/sessions").raise_for_status()
    wait_for(lambda: proofs.statuses(key=False) == [401] * 4, "both refuse the token")
    stage.services.auth.kill()
    # A broker that is killed takes ten seconds of computing time to start.
    stage.servers.rabbitmq.pause()
    second_gateway.kill()

    second_gateway.launch()
    second_gateway.wait_until_ready()

    assert proofs.statuses() == [401, 401, 503, 401, 401, 503]
