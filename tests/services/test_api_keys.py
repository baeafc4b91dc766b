"""API keys at running services: two gateways, and auth or its database that goes away."""

from collections.abc import Iterator
from uuid import uuid4

import httpx
import pytest

from tests.end_to_end.user import User
from tests.end_to_end.waiting import PATIENCE, wait_for
from tests.media.samples import sample
from tests.services.service_process import ServiceProcess
from tests.services.stage import Stage
from tracklift_domain.user.api_key.api_key import write_api_key

pytestmark = [pytest.mark.network, pytest.mark.kill, pytest.mark.media]


@pytest.fixture
def user(stage: Stage) -> Iterator[User]:
    """Give somebody new."""
    user = stage.new_user()
    yield user
    user.http.close()


def make_key(user: User) -> tuple[str, str]:
    """Make a key, and give its id and its text."""
    made = user.http.post("/v1/api-keys", json={"name": "Recorder"}).raise_for_status().json()
    return str(made["id"]), str(made["key"])


def ask(address: str, key: str) -> int:
    """List conversions with a key, and give the status of the answer."""
    bearer = {"Authorization": f"Bearer {key}"}
    return httpx.get(f"{address}/v1/conversions", headers=bearer, timeout=PATIENCE).status_code


def test_a_revoked_key_is_refused_by_every_gateway_within_a_minute(
    stage: Stage, user: User, second_gateway: ServiceProcess
) -> None:
    """Both know it, and are asked with it all the time. The wait is given up after 60 seconds."""
    addresses = [stage.services.gateway.address, second_gateway.address]
    key_id, key = make_key(user)
    assert [ask(address, key) for address in addresses] == [200, 200]

    user.http.delete(f"/v1/api-keys/{key_id}").raise_for_status()

    wait_for(lambda: [ask(address, key) for address in addresses] == [401, 401], "both refuse the key")


def test_what_a_revoked_key_watches_ends_at_every_gateway(
    stage: Stage, user: User, second_gateway: ServiceProcess
) -> None:
    key_id, key = make_key(user)
    address = second_gateway.address
    with httpx.stream(
        "GET", f"{address}/v1/events", headers={"Authorization": f"Bearer {key}"}, timeout=PATIENCE
    ) as answer:
        lines = answer.raise_for_status().iter_lines()
        assert next(lines).startswith(":")

        user.http.delete(f"/v1/api-keys/{key_id}").raise_for_status()

        assert not any(line.startswith("event:") for line in lines), "it ends"


def test_a_known_key_uploads_while_auth_is_down(stage: Stage, user: User) -> None:
    """A key that was not seen before can't be told from a wrong one meanwhile, and is asked to come back."""
    _, known = make_key(user)
    _, unknown = make_key(user)
    assert ask(stage.services.address, known) == 200
    stage.services.auth.kill()

    user.http.headers["Authorization"] = f"Bearer {known}"
    conversion = user.upload(sample("one-second"))
    assert user.wait_for_end(conversion)["state"] == "completed"
    assert ask(stage.services.address, unknown) == 503

    stage.services.auth.launch()
    stage.services.auth.wait_until_ready()
    assert ask(stage.services.address, unknown) == 200


def test_a_known_key_is_good_while_mysql_is_down(stage: Stage, user: User) -> None:
    _, key = make_key(user)
    assert ask(stage.services.address, key) == 200
    stage.servers.mysql.kill()

    assert ask(stage.services.address, key) == 200
    assert ask(stage.services.address, write_api_key(uuid4().hex)) == 503
    stage.servers.mysql.start()

    stage.services.auth.wait_until_ready()
    assert ask(stage.services.address, write_api_key(uuid4().hex)) == 401


def test_what_services_ask_each_other_is_not_reached_from_outside(stage: Stage, user: User) -> None:
    answer = user.http.post("/internal/api-keys/verify", json={"key_hash": "0" * 64})

    assert answer.status_code == 404
