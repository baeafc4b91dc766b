"""The operator manages users from a terminal, before Tracklift has ever served and while it serves."""

from collections.abc import Iterator
from pathlib import Path

import pyotp
import pytest

from tests.end_to_end.accounts import new_user
from tests.end_to_end.standalone_process import PACKAGE, StandaloneProcess, environment, running
from tests.end_to_end.user import PASSWORD, User
from tests.end_to_end.waiting import PATIENCE, wait_for
from tests.preloaded.start import run_app

pytestmark = pytest.mark.network
_SELDOM = 2.0
"""Seconds between two looks for what a running Tracklift notices after some seconds, or half a minute."""


def users(data_folder: Path, *arguments: str, said: str = "") -> tuple[int, str, str]:
    """Run `tracklift users`; give exit code, output and errors."""
    settings = environment({"TRACKLIFT_DATA_FOLDER": str(data_folder)})
    done = run_app(PACKAGE, ("users", *arguments), settings, timeout=PATIENCE, text=said)
    return done.returncode, done.stdout, done.stderr


@pytest.fixture(scope="module")
def admin(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[StandaloneProcess, User]]:
    """Make an admin where Tracklift has never served, let it serve, and log the admin in."""
    folder = tmp_path_factory.mktemp("users")
    made = users(
        folder / "data",
        *("create", "root@example.org", "--role", "admin", "--password-stdin"),
        said=f"{PASSWORD}\n",
    )
    assert made[0] == 0, made
    with running(folder) as tracklift:
        assert tracklift.data.path == folder / "data"
        admin = User(tracklift.address, "root@example.org").log_in()
        yield tracklift, admin
        admin.http.close()


def test_the_first_admin_is_made_before_tracklift_serves_and_manages_users(
    admin: tuple[StandaloneProcess, User],
) -> None:
    _, root = admin
    assert root.http.get("/v1/me").json()["role"] == "admin"

    made = root.http.post("/v1/admin/users", json={"email": "bob@example.org", "password": PASSWORD})

    assert made.status_code == 201
    bob = User(root.address, "bob@example.org").log_in()
    assert bob.http.get("/v1/admin/users").status_code == 403
    bob.http.close()


def test_access_of_a_user_whom_the_operator_disables_ends_within_a_minute(
    admin: tuple[StandaloneProcess, User],
) -> None:
    """Access token, cookie and API key, while Tracklift serves. The wait is given up after 60 seconds."""
    tracklift, _ = admin
    folder = tracklift.data.path
    carol = new_user(tracklift.data, tracklift.address, "carol@example.org")
    key = carol.http.post("/v1/api-keys", json={"name": "script"}).json()["key"]
    shown = [
        {"Authorization": f"Bearer {carol.token}"},
        {"Authorization": f"Bearer {key}"},
        {"Authorization": "", "Cookie": f"tracklift_access={carol.token}"},
    ]

    def statuses() -> list[int]:
        return [carol.http.get("/v1/conversions", headers=headers).status_code for headers in shown]

    assert statuses() == [200, 200, 200]

    code, output, _ = users(folder, "disable", "carol@example.org")

    assert (code, output.partition(" ")[0]) == (0, "carol@example.org")
    wait_for(lambda: statuses() == [401, 401, 401], "all of it is refused", every=_SELDOM)
    assert "carol@example.org  user  disabled" in users(folder, "list", "carol")[1]
    assert users(folder, "enable", "carol@example.org")[0] == 0
    carol.log_in()
    shown[0]["Authorization"] = f"Bearer {carol.token}"
    wait_for(lambda: statuses()[:2] == [200, 200], "the key works again", every=_SELDOM)
    carol.http.close()


def test_log_ins_ask_for_the_second_factor_until_the_operator_removes_it(
    admin: tuple[StandaloneProcess, User], tmp_path: Path
) -> None:
    tracklift, _ = admin
    dan = new_user(tracklift.data, tracklift.address, "dan@example.org")
    begun = dan.http.post("/v1/me/second-factor", json={"password": PASSWORD}).raise_for_status().json()
    app = pyotp.TOTP(begun["secret"])
    confirmed = dan.http.post("/v1/me/second-factor/confirm", json={"code": app.now()}).raise_for_status()
    recovery_code = confirmed.json()["recovery_codes"][0]
    form = {"grant_type": "password", "username": "dan@example.org", "password": PASSWORD}

    def log_in_at_a_terminal(said: str) -> tuple[int, str]:
        arguments = ["login", dan.address, "--email", "dan@example.org", "--password-stdin"]
        home = environment({"HOME": str(tmp_path), "XDG_CONFIG_HOME": str(tmp_path / "config")})
        done = run_app(PACKAGE, arguments, home, timeout=PATIENCE, text=said)
        return done.returncode, done.stderr

    code, told = log_in_at_a_terminal(f"{PASSWORD}\n")
    assert (code != 0, "second factor" in told) == (True, True)
    assert log_in_at_a_terminal(f"{PASSWORD}\n{recovery_code}\n")[0] == 0
    assert dan.http.post("/v1/token", data=form).json()["code"] == "second_factor_required"

    assert users(tracklift.data.path, "remove-second-factor", "dan@example.org")[0] == 0

    assert dan.http.post("/v1/token", data=form).status_code == 200
    wait_for(
        lambda: [mail for mail in tracklift.data.mails() if "second factor" in mail["Subject"]],
        "the user is told by mail",
    )
    code, _, told = users(tracklift.data.path, "remove-second-factor", "dan@example.org")
    assert (code != 0, "This user has no second factor." in told) == (True, True)
    dan.http.close()


def test_a_role_is_given_and_a_user_deleted(admin: tuple[StandaloneProcess, User]) -> None:
    tracklift, _ = admin
    folder = tracklift.data.path
    assert users(folder, "create", "eve@example.org")[0] == 0
    wait_for(
        lambda: [mail for mail in tracklift.data.mails() if "eve@example.org" in mail["To"]],
        "the link that sets a password is mailed",
    )

    assert users(folder, "set-role", "eve@example.org", "operator")[0] == 0
    assert users(folder, "list", "eve")[1].startswith("eve@example.org  operator  unverified  ")
    assert users(folder, "reset-password", "eve@example.org")[0] == 0
    assert users(folder, "delete", "eve@example.org")[0] == 0
    assert users(folder, "list", "eve") == (0, "", "")


@pytest.mark.parametrize(
    ("arguments", "code", "named"),
    [
        (["disable", "nobody@example.org"], 1, "no user nobody@example.org"),
        (["disable", "nobody"], 1, "not a valid e-mail address"),
        (["create", "x@example.org", "--password-stdin"], 1, "password can't be used"),
        (["create", "x@example.org", "--role", "king"], 2, "'king' is not one of"),
        (["set-role", "x@example.org"], 2, "Missing argument"),
    ],
)
def test_what_makes_no_sense_is_said_so(
    admin: tuple[StandaloneProcess, User], arguments: list[str], code: int, named: str
) -> None:
    done = users(admin[0].data.path, *arguments)

    assert (done[0], named in done[2]) == (code, True), done


def test_limits_that_the_operator_sets_for_a_user_count_while_tracklift_serves(
    admin: tuple[StandaloneProcess, User],
) -> None:
    """And so does what takes them back."""
    tracklift, root = admin

    def answer() -> int:
        headers = {"Content-Type": "video/mp4"}
        return root.http.post("/v1/conversions", content=b"no video", headers=headers).status_code

    told = users(tracklift.data.path, "set-quota", "root@example.org", "--stored-bytes", "3")
    assert told == (0, "root@example.org has stored_bytes=3 now.\n", "")
    wait_for(lambda: answer() == 403, "the limit is known", every=_SELDOM)
    assert root.http.get("/v1/me").json()["quotas"]["stored_bytes"]["limit"] == 3
    assert "stored_bytes=3" in users(tracklift.data.path, "list", "root")[1]

    told = users(tracklift.data.path, "set-quota", "root@example.org")
    assert told == (0, "root@example.org has the limits of all users now.\n", "")
    wait_for(lambda: answer() == 202, "the limit is forgotten", every=_SELDOM)


@pytest.mark.parametrize("arguments", [("list",), ("delete", "ada@example.org")])
def test_a_folder_that_was_mistyped_is_told_and_not_made(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    """Only `create` makes one, for the first admin."""
    code, output, errors = users(tmp_path / "typo", *arguments)

    assert (code, output) == (1, "")
    assert f"has not run in {tmp_path / 'typo'} yet" in errors
    assert not (tmp_path / "typo").exists()
