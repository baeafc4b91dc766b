"""Two gateways share the limits of a client."""

import time
from concurrent.futures import ThreadPoolExecutor
from itertools import repeat
from uuid import uuid4

import httpx
import pytest
from argon2 import PasswordHasher as Argon2

from tests.end_to_end.accounts import add_account, change_password_hash
from tests.end_to_end.user import PASSWORD, as_client_of_its_own
from tests.end_to_end.waiting import PATIENCE, wait_for
from tests.services.service_process import ServiceProcess
from tests.services.stage import Stage
from tracklift_domain.user.password.policies import GuessPolicy

pytestmark = [pytest.mark.network, pytest.mark.kill]
PER_MINUTE = 10
"""Mails that a client may ask for."""


def ask(address: str, client: dict[str, str]) -> int:
    """Ask for a mail that nobody gets, as a client, and give the status of the answer."""
    body = {"email": "nobody@example.org"}
    answer = httpx.post(f"{address}/v1/password-resets", json=body, headers=client, timeout=PATIENCE)
    return answer.status_code


def count_together(one: str, other: str) -> bool:
    """Tell whether one gateway refuses what a client that is new has used up at the other."""
    client = as_client_of_its_own()
    for _ in range(PER_MINUTE):
        ask(one, client)
    return ask(other, client) == 429


def test_two_gateways_let_through_what_one_would(stage: Stage, second_gateway: ServiceProcess) -> None:
    """And what has become free again since the first request."""
    gateways = [stage.services.gateway.address, second_gateway.address]
    addresses = gateways * PER_MINUTE
    # After an outage of MongoDB each counts by itself for a while.
    wait_for(lambda: count_together(*gateways), "the gateways count together")
    client = as_client_of_its_own()
    began = time.monotonic()

    with ThreadPoolExecutor(max_workers=4) as threads:
        statuses = list(threads.map(ask, addresses, repeat(client)))

    freed = 1 + int((time.monotonic() - began) * PER_MINUTE / 60)
    assert PER_MINUTE <= statuses.count(202) <= PER_MINUTE + freed
    assert set(statuses) == {202, 429}


def test_a_gateway_limits_clients_while_mongodb_is_down(stage: Stage, second_gateway: ServiceProcess) -> None:
    """By its own count; the answers come from auth, which does not need it."""
    stage.servers.mongodb.kill()
    address, client = second_gateway.address, as_client_of_its_own()

    statuses = [ask(address, client) for _ in range(2 * PER_MINUTE)]

    assert 429 in statuses
    assert set(statuses) <= {202, 429}


def test_guesses_at_one_account_are_counted_by_both_gateways_and_do_not_keep_its_owner_out(
    stage: Stage, second_gateway: ServiceProcess
) -> None:
    """From as many addresses as guesses. The owner's address is known to both, another one must wait."""
    gateways = [stage.services.gateway.address, second_gateway.address]
    email, guesses = f"{uuid4().hex}@example.org", GuessPolicy().free + 4
    add_account(stage, email)

    def log_in(number: int, password: str, gateway: str) -> int:
        """Log in from one of the addresses of this machine."""
        form = {"grant_type": "password", "username": email, "password": password}
        transport = httpx.HTTPTransport(local_address=f"127.0.0.{number}")
        with httpx.Client(transport=transport, timeout=PATIENCE) as client:
            return client.post(f"{gateway}/v1/token", data=form).status_code

    owner, stranger = 1, 100
    assert log_in(owner, PASSWORD, gateways[0]) == 200
    # To compare a guess with such a hash takes next to no computing time.
    cheap = Argon2(time_cost=1, memory_cost=8, parallelism=1).hash(PASSWORD)
    change_password_hash(stage, email, cheap)
    statuses = [log_in(stranger + each, "a wrong pass phrase", gateways[each % 2]) for each in range(guesses)]

    # Neither gateway has seen as many by itself.
    assert statuses[: GuessPolicy().free] == [400] * GuessPolicy().free
    assert 429 in statuses
    assert [log_in(owner, PASSWORD, gateway) for gateway in gateways] == [200, 200]
