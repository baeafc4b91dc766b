"""Users of one process sign in with a provider that is another process."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest

from tests.end_to_end.mailed_links import verify_address
from tests.end_to_end.standalone_process import StandaloneProcess, run_tracklift, running
from tests.end_to_end.test_command_line import assert_found
from tests.end_to_end.user import User
from tests.end_to_end.waiting import wait_for
from tests.servers.openid_process import CLIENT_ID, CLIENT_SECRET, OpenIdProcess

pytestmark = pytest.mark.network

PUBLIC_URL = "http://tracklift.test"
CALLBACK = f"{PUBLIC_URL}/v1/sign-in/company/callback"


@pytest.fixture
def provider() -> Iterator[OpenIdProcess]:
    process = OpenIdProcess(CALLBACK)
    yield process
    process.stop()


def settings_of(provider: OpenIdProcess) -> Mapping[str, str]:
    return {
        "TRACKLIFT_PUBLIC_URL": PUBLIC_URL,
        "TRACKLIFT_OPENID_PROVIDERS": "company",
        "TRACKLIFT_OPENID_COMPANY_ISSUER": provider.issuer,
        "TRACKLIFT_OPENID_COMPANY_CLIENT_ID": CLIENT_ID,
        "TRACKLIFT_OPENID_COMPANY_CLIENT_SECRET": CLIENT_SECRET,
    }


@pytest.fixture
def tracklift(tmp_path: Path, provider: OpenIdProcess) -> Iterator[StandaloneProcess]:
    with running(tmp_path, settings_of(provider)) as process:
        yield process


def sign_in(tracklift: StandaloneProcess, provider: OpenIdProcess) -> httpx.Response:
    """Go the way of a browser, and show the user at its end."""
    with httpx.Client(base_url=tracklift.address) as browser:
        begun = browser.get("/v1/sign-in/company")
        assert begun.status_code == 303, begun.text
        back = urlsplit(provider.location(begun.headers["Location"]))
        assert f"{back.scheme}://{back.netloc}{back.path}" == CALLBACK
        ended = browser.get(f"{back.path}?{back.query}")
        return browser.get("/v1/me") if ended.status_code == 200 else ended


def test_a_user_signs_in_and_has_the_same_account_after_a_restart(
    tracklift: StandaloneProcess, provider: OpenIdProcess
) -> None:
    first = sign_in(tracklift, provider).json()
    tracklift.kill()
    tracklift.start()

    assert (first["email"], first["email_verified"]) == ("ada@example.org", True)
    assert sign_in(tracklift, provider).json()["id"] == first["id"]


def test_an_account_with_a_password_is_linked_once_its_address_is_verified(
    tracklift: StandaloneProcess, provider: OpenIdProcess
) -> None:
    user = User(tracklift.address).sign_up()
    provider.behave(user={"sub": "1", "email": "ada@example.org", "email_verified": True})

    refused = sign_in(tracklift, provider)
    assert (refused.status_code, "was never verified" in refused.text) == (409, True)
    (mail,) = wait_for(tracklift.data.mails, "the mail to verify the address comes")
    verify_address(user, mail)

    assert sign_in(tracklift, provider).json()["email"] == "ada@example.org"
    user.http.close()


def test_doctor_tells_whether_a_provider_can_be_used(tmp_path: Path, provider: OpenIdProcess) -> None:
    """All is well, there is no address to come back to, another issuer is meant, nothing listens."""
    folder = {"TRACKLIFT_DATA_FOLDER": str(tmp_path / "data"), "TRACKLIFT_PORT": "0"}
    settings = {**settings_of(provider), **folder}

    well = run_tracklift(["doctor"], settings)
    assert well.returncode == 0, well.stdout
    assert f"the redirect address to register there is {CALLBACK}" in well.stdout

    homeless = run_tracklift(["doctor"], {**settings, "TRACKLIFT_PUBLIC_URL": ""})
    assert_found(homeless, "needs an address to send browsers back to", "TRACKLIFT_PUBLIC_URL")

    provider.behave(metadata={"issuer": "https://login.example.org"})
    assert_found(
        run_tracklift(["doctor"], settings),
        "calls itself 'https://login.example.org'",
        "TRACKLIFT_OPENID_COMPANY_ISSUER",
    )

    provider.stop()
    assert_found(run_tracklift(["doctor"], settings), "can't be used", "TRACKLIFT_OPENID_COMPANY_ISSUER")
