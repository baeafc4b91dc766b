"""Somebody proves an address and gets over a forgotten password with what is in the mailbox."""

from uuid import uuid4

import pytest

from tests.end_to_end.accounts import new_user, open_session
from tests.end_to_end.data_folder import text_of
from tests.end_to_end.mailed_links import link_in, redeem, token_in
from tests.end_to_end.standalone_process import StandaloneProcess
from tests.end_to_end.user import PASSWORD, User
from tests.end_to_end.waiting import wait_for

pytestmark = pytest.mark.network
NEW = "a whole new passphrase"
VERIFY, RESET = "verify-email", "reset-password"


def links(tracklift: StandaloneProcess, user: User, page: str) -> list[str]:
    """Give the links to a page out of all mails to a user."""
    texts = [text_of(mail) for mail in tracklift.data.mails() if mail["To"] == user.email]
    return [link_in(text, page) for text in texts if f"/{page}?" in text]


def log_in(user: User, password: str) -> int:
    """Try to log in, and give the answer's status."""
    form = {"grant_type": "password", "username": user.email, "password": password}
    return user.http.post("/v1/token", data=form).status_code


def test_the_link_in_the_mail_after_signing_up_verifies_the_address(
    shared_tracklift: StandaloneProcess, newcomer: User
) -> None:
    tracklift, user = shared_tracklift, newcomer
    (link,) = wait_for(lambda: links(tracklift, user, VERIFY), "the mail comes")
    assert link.startswith(f"{tracklift.address}/")
    assert user.http.get("/v1/me").json()["email_verified"] is False

    assert redeem(user.http, link).status_code == 204

    assert user.http.get("/v1/me").json()["email_verified"] is True
    assert redeem(user.http, link).status_code == 410


def test_the_link_in_the_mail_for_a_forgotten_password_sets_another(
    tracklift: StandaloneProcess, user: User
) -> None:
    """The old one no longer works, and neither does the link; the new one also works after `kill -9`."""
    refresh_token = open_session(tracklift.data, user.email)
    known = user.http.post("/v1/password-resets", json={"email": user.email})
    unknown = user.http.post("/v1/password-resets", json={"email": "nobody@example.org"})
    assert (known.status_code, known.content) == (unknown.status_code, unknown.content) == (202, b"")
    (link,) = wait_for(lambda: links(tracklift, user, RESET), "the mail comes")
    tracklift.kill()
    tracklift.start()
    user.move_to(tracklift.address)
    moved = f"{tracklift.address}/{RESET}?token={token_in(link)}"

    assert redeem(user.http, moved, password=NEW).status_code == 204

    assert (log_in(user, NEW), log_in(user, PASSWORD)) == (200, 400)
    refresh = {"grant_type": "refresh_token", "refresh_token": refresh_token}
    assert user.http.post("/v1/token", data=refresh).json()["code"] == "invalid_grant"
    again = user.http.post(
        "/v1/password-resets/confirm", json={"token": token_in(link), "password": PASSWORD}
    )
    assert (again.status_code, again.json()["code"]) == (410, "link_used")
    assert {mail["To"] for mail in tracklift.data.mails()} == {user.email}


def test_a_token_lies_nowhere_but_in_the_mail(shared_tracklift: StandaloneProcess) -> None:
    """Once it is mailed, neither database nor queue nor log holds it; what is stored is its hash."""
    tracklift = shared_tracklift
    user = new_user(tracklift.data, tracklift.address, f"{uuid4().hex}@example.org")
    ours = user.http.get("/v1/me").json()["id"]
    user.http.post("/v1/email-verifications").raise_for_status()
    user.http.post("/v1/password-resets", json={"email": user.email})
    (verify,) = wait_for(lambda: links(tracklift, user, VERIFY), "the mail comes")
    (reset,) = wait_for(lambda: links(tracklift, user, RESET), "the mail comes")
    redeem(user.http, reset, password=NEW)
    tracklift.data.settled_contents()

    rows = [
        str(row)
        for table in ("mailed_tokens", "outbox", "messages", "dead_letters", "delivery_log")
        for row in tracklift.data.rows(table)
    ]
    assert [row["user_id"] for row in tracklift.data.rows("mailed_tokens")].count(ours) == 2
    for token in (token_in(verify), token_in(reset)):
        assert token not in "".join(rows)
        assert token not in tracklift.log.read_text()
    user.http.close()
