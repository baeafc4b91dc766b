"""Single sign-on at running services: two gateways, and a provider in a process of its own that goes away."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import parse_qs, urlencode, urlsplit

import httpx
import pytest

from tests.end_to_end.waiting import PATIENCE, wait_for
from tests.servers.openid_process import CLIENT_ID, CLIENT_SECRET, OpenIdProcess
from tests.services.kept_stage import Changes
from tests.services.service_process import ServiceProcess
from tests.services.stage import Stage

pytestmark = [pytest.mark.network, pytest.mark.kill]

PUBLIC_URL = "http://tracklift.test"
BEGIN = "/v1/sign-in/company"


@pytest.fixture(scope="module")
def running_provider() -> Iterator[OpenIdProcess]:
    process = OpenIdProcess(f"{PUBLIC_URL}{BEGIN}/callback")
    yield process
    process.stop()


@pytest.fixture
def provider(running_provider: OpenIdProcess) -> OpenIdProcess:
    running_provider.behave()
    return running_provider


@pytest.fixture(scope="module")
def stage_settings(running_provider: OpenIdProcess) -> Changes:
    public = {"TRACKLIFT_PUBLIC_URL": PUBLIC_URL}
    provider = {
        "TRACKLIFT_OPENID_PROVIDERS": "company",
        "TRACKLIFT_OPENID_COMPANY_ISSUER": running_provider.issuer,
        "TRACKLIFT_OPENID_COMPANY_CLIENT_ID": CLIENT_ID,
        "TRACKLIFT_OPENID_COMPANY_CLIENT_SECRET": CLIENT_SECRET,
    }
    return {"gateway": public, "auth": public | provider}


def sign_in(provider: OpenIdProcess, begun_at: str, ended_at: str) -> httpx.Client:
    """Go the way of a browser that a load balancer sends to one gateway and then to another."""
    browser = httpx.Client(base_url=ended_at, timeout=PATIENCE)
    begun = browser.get(f"{begun_at}{BEGIN}")
    assert begun.status_code == 303, begun.text
    back = urlsplit(provider.location(begun.headers["Location"]))
    ended = browser.get(f"{back.path}?{back.query}")
    assert (ended.status_code, ended.headers["Location"]) == (303, "../../../")
    return browser


def user_of(browser: httpx.Client) -> str:
    try:
        return str(browser.get("/v1/me").raise_for_status().json()["id"])
    finally:
        browser.close()


def test_a_sign_in_may_begin_at_one_gateway_and_end_at_another(
    stage: Stage, provider: OpenIdProcess, second_gateway: ServiceProcess
) -> None:
    """Nothing of it is kept but by the browser. The other services learn that the address is verified."""
    provider.behave(user={"sub": "new-1", "email": "new@example.org", "email_verified": True})
    first, second = stage.services.gateway.address, second_gateway.address

    assert user_of(sign_in(provider, first, second)) == user_of(sign_in(provider, second, first))

    wait_for(lambda: stage.knows_verified("new@example.org"), "the services know the address")


def test_a_program_may_begin_at_one_gateway_and_end_at_another_while_auth_is_restarted(
    stage: Stage, provider: OpenIdProcess, second_gateway: ServiceProcess
) -> None:
    """Nothing of it is kept but by the program."""
    provider.behave(user={"sub": "program-1", "email": "program@example.org", "email_verified": True})
    first, second = stage.services.gateway.address, second_gateway.address
    begun = httpx.post(f"{first}/v1/device-sign-ins", json={"provider": "company"}, timeout=PATIENCE)
    code = {"device_code": begun.raise_for_status().json()["device_code"]}
    pending = httpx.post(f"{second}/v1/device-sign-ins/token", json=code, timeout=PATIENCE)
    assert (pending.status_code, pending.json()["code"]) == (400, "authorization_pending")
    stage.services.auth.kill()
    stage.restore()

    provider.behave(
        user={"sub": "program-1", "email": "program@example.org", "email_verified": True},
        signs_in_for_devices=True,
    )
    ended = httpx.post(f"{second}/v1/device-sign-ins/token", json=code, timeout=PATIENCE)

    token = ended.raise_for_status().json()["access_token"]
    me = httpx.get(f"{first}/v1/me", headers={"Authorization": f"Bearer {token}"}, timeout=PATIENCE)
    assert me.json()["email"] == "program@example.org"
    wait_for(lambda: stage.knows_verified("program@example.org"), "the services know the address")


def test_an_account_that_has_verified_its_address_is_linked(stage: Stage, provider: OpenIdProcess) -> None:
    user = stage.new_user("both@example.org")
    provider.behave(user={"sub": "both-1", "email": "BOTH@example.org", "email_verified": True})
    address = stage.services.address

    assert user_of(sign_in(provider, address, address)) == user.http.get("/v1/me").json()["id"]
    user.http.close()


def test_many_browsers_that_sign_in_at_once_for_the_first_time_get_one_account(
    stage: Stage, provider: OpenIdProcess, second_gateway: ServiceProcess
) -> None:
    provider.behave(user={"sub": "crowd-1", "email": "crowd@example.org", "email_verified": True})
    gateways = [stage.services.gateway.address, second_gateway.address]

    def one(number: int) -> str:
        return user_of(sign_in(provider, gateways[number % 2], gateways[number % 2]))

    with ThreadPoolExecutor(4) as pool:
        users = set(pool.map(one, range(4)))

    assert len(users) == 1


def test_while_the_provider_is_down_sessions_and_passwords_go_on(
    stage: Stage, provider: OpenIdProcess, request: pytest.FixtureRequest
) -> None:
    """The page says that it is not available, and the service is ready all the same."""
    address = stage.services.address
    user = stage.new_user("password@example.org")
    browser = sign_in(provider, address, address)
    provider.stop()
    request.addfinalizer(provider.start)

    begun = browser.get(BEGIN)
    assert begun.status_code == 303, "what it tells about itself is known for an hour"
    (state,) = parse_qs(urlsplit(begun.headers["Location"]).query)["state"]
    answer = urlencode({"state": state, "code": "any", "iss": provider.issuer})
    refused = browser.get(f"{BEGIN}/callback?{answer}")
    assert refused.headers["Location"].endswith("/sign-in-failed?problem=service_unavailable")

    assert browser.get("/v1/conversions").status_code == 200
    assert user.log_in().http.get("/v1/me").status_code == 200
    assert httpx.get(f"{stage.services.auth.address}/readyz", timeout=PATIENCE).status_code == 200
    browser.close()
    user.http.close()
