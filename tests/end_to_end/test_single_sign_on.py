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
from tests.end_to_end.user_shell import Terminal
from tests.end_to_end.waiting import wait_for
from tests.servers.openid_process import CLIENT_ID, CLIENT_SECRET, OpenIdProcess
from tests.servers.ports import free_port

pytestmark = pytest.mark.network

PUBLIC_URL = "http://tracklift.test"
CALLBACK = f"{PUBLIC_URL}/v1/sign-in/company/callback"


@pytest.fixture(scope="module")
def _provider() -> Iterator[OpenIdProcess]:
    process = OpenIdProcess(CALLBACK)
    yield process
    process.stop()


@pytest.fixture
def provider(_provider: OpenIdProcess) -> OpenIdProcess:
    """Have a provider that behaves as usual."""
    _provider.behave()
    return _provider


def settings_of(provider: OpenIdProcess) -> Mapping[str, str]:
    return {
        "TRACKLIFT_PUBLIC_URL": PUBLIC_URL,
        "TRACKLIFT_OPENID_PROVIDERS": "company",
        "TRACKLIFT_OPENID_COMPANY_ISSUER": provider.issuer,
        "TRACKLIFT_OPENID_COMPANY_CLIENT_ID": CLIENT_ID,
        "TRACKLIFT_OPENID_COMPANY_CLIENT_SECRET": CLIENT_SECRET,
    }


@pytest.fixture(scope="module")
def tracklift(
    tmp_path_factory: pytest.TempPathFactory, _provider: OpenIdProcess
) -> Iterator[StandaloneProcess]:
    with running(tmp_path_factory.mktemp("company"), settings_of(_provider)) as process:
        yield process


def sign_in(tracklift: StandaloneProcess, provider: OpenIdProcess) -> httpx.Response:
    """Go the way of a browser, and show the user at its end."""
    with httpx.Client(base_url=tracklift.address) as browser:
        begun = browser.get("/v1/sign-in/company")
        assert begun.status_code == 303, begun.text
        back = urlsplit(provider.location(begun.headers["Location"]))
        assert f"{back.scheme}://{back.netloc}{back.path}" == CALLBACK
        ended = browser.get(f"{back.path}?{back.query}")
        assert ended.status_code == 303, ended.text
        return ended if "problem" in ended.headers["Location"] else browser.get("/v1/me")


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
    user = User(tracklift.address, "grace@example.org").sign_up()
    provider.behave(user={"sub": "2", "email": user.email, "email_verified": True})

    refused = sign_in(tracklift, provider)
    assert refused.headers["Location"].endswith("/sign-in-failed?problem=address_not_verified_here")
    (mail,) = wait_for(
        lambda: [mail for mail in tracklift.data.mails() if mail["To"] == user.email],
        "the mail to verify the address comes",
    )
    verify_address(user, mail)

    assert sign_in(tracklift, provider).json()["email"] == user.email
    user.http.close()


def test_a_command_line_logs_in_with_the_account_of_a_company(
    tracklift: StandaloneProcess, provider: OpenIdProcess, tmp_path: Path
) -> None:
    """The user enters a code at the provider meanwhile. Nothing that the provider keeps secret gets there."""
    terminal = Terminal(tmp_path / "home")
    terminal.home.mkdir()
    asked = provider.requests("/token")
    started = terminal.start(["login", tracklift.address, "--device"])
    wait_for(lambda: "\n" in started.errors(), "it says where to enter the code")
    told = started.errors()
    assert told.startswith(f"Open {provider.issuer}/enter-code in a browser and enter the code ")
    wait_for(lambda: provider.requests("/token") > asked, "it asks whether the user has signed in")
    assert started.process.poll() is None

    provider.behave(signs_in_for_devices=True)

    code, errors = started.wait(), started.errors()
    assert (code, started.output()) == (0, b""), errors
    assert f"Logged in at {tracklift.address} as ada@example.org." in errors
    assert CLIENT_SECRET not in errors + terminal.credentials.read_text()
    assert terminal.run(["whoami"]).stdout == f"{tracklift.address}  ada@example.org\n"
    assert terminal.run(["logout"]).returncode == 0


def test_a_command_line_says_why_it_is_not_logged_in(
    tracklift: StandaloneProcess, provider: OpenIdProcess, tmp_path: Path
) -> None:
    """And ends; the user denies, takes too long, is not let in, or the provider is not there."""
    terminal = Terminal(tmp_path / "home")
    terminal.home.mkdir()

    def log_in(name: str = "company", **behaviour: object) -> tuple[int, str]:
        provider.behave(**behaviour)
        done = terminal.run(["login", tracklift.address, "--provider", name])
        assert "Traceback" not in done.stderr
        return done.returncode, done.stderr.splitlines()[-1]

    assert log_in(denies=True) == (
        1,
        "tracklift: The provider did not sign you in: access was denied. Begin again.",
    )
    code, told = log_in(device_codes_last=-1)
    assert (code, told) == (1, "tracklift: This sign-in was begun too long ago: begin again.")
    code, told = log_in(refuses_devices="unauthorized_client")
    assert (code, "make an API key" in told) == (1, True)
    unverified = {"sub": "3", "email": "barbara@example.org", "email_verified": False}
    code, told = log_in(signs_in_for_devices=True, user=unverified)
    assert (code, "have it verified there" in told) == (1, True)
    assert log_in("other") == (1, "tracklift: There is no such sign-in provider.")
    provider.stop()
    down = terminal.run(["login", tracklift.address, "--device"])
    provider.start()
    assert down.returncode == 1
    assert "is not available right now" in down.stderr
    assert not terminal.credentials.exists()


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

    nowhere = {"TRACKLIFT_OPENID_COMPANY_ISSUER": f"http://127.0.0.1:{free_port()}"}
    assert_found(
        run_tracklift(["doctor"], {**settings, **nowhere}), "can't be used", "TRACKLIFT_OPENID_COMPANY_ISSUER"
    )
