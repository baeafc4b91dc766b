"""Somebody proves an address and gets over a forgotten password with what is in the mailbox."""

import re

import httpx
import pytest

from tests.end_to_end.data_folder import text_of
from tests.end_to_end.mailed_links import download, link_in, open_conversion, press, submit, token_in
from tests.end_to_end.standalone_process import StandaloneProcess
from tests.end_to_end.user import PASSWORD, User
from tests.end_to_end.waiting import wait_for
from tests.media.mp3 import read_mp3
from tests.media.samples import sample

pytestmark = pytest.mark.network
NEW = "a whole new passphrase"
VERIFY, RESET = "verify-email", "reset-password"


def links(tracklift: StandaloneProcess, page: str) -> list[str]:
    """Give the links to a page out of all mails."""
    texts = [text_of(mail) for mail in tracklift.data.mails()]
    return [link_in(text, page) for text in texts if f"/{page}?" in text]


def log_in(user: User, password: str) -> int:
    """Try to log in, and give the answer's status."""
    form = {"grant_type": "password", "username": user.email, "password": password}
    return user.http.post("/v1/token", data=form).status_code


def test_the_link_in_the_mail_after_signing_up_verifies_the_address(
    tracklift: StandaloneProcess, user: User
) -> None:
    """It leads to a page with a button, which nothing but a person presses."""
    (link,) = wait_for(lambda: links(tracklift, VERIFY), "the mail comes")
    assert link.startswith(f"{tracklift.address}/")
    assert user.http.get(link).status_code == user.http.get(link).status_code == 200
    assert user.http.get("/v1/me").json()["email_verified"] is False

    assert submit(user.http, link).status_code == 200

    assert user.http.get("/v1/me").json()["email_verified"] is True
    assert submit(user.http, link).status_code == 410


def test_the_link_in_the_mail_for_a_forgotten_password_sets_another(
    tracklift: StandaloneProcess, user: User
) -> None:
    """The old one is good for nothing any more, and neither is the link; it also works after `kill -9`."""
    form = {"grant_type": "password", "username": user.email, "password": PASSWORD}
    refresh_token = user.http.post("/v1/token", data=form).json()["refresh_token"]
    known = user.http.post("/v1/password-resets", json={"email": user.email})
    unknown = user.http.post("/v1/password-resets", json={"email": "nobody@example.org"})
    assert (known.status_code, known.content) == (unknown.status_code, unknown.content) == (202, b"")
    (link,) = wait_for(lambda: links(tracklift, RESET), "the mail comes")
    tracklift.kill()
    tracklift.start()
    user.move_to(tracklift.address)
    moved = f"{tracklift.address}/{RESET}?token={token_in(link)}"

    assert submit(user.http, moved, password=NEW).status_code == 200

    assert (log_in(user, NEW), log_in(user, PASSWORD)) == (200, 400)
    refresh = {"grant_type": "refresh_token", "refresh_token": refresh_token}
    assert user.http.post("/v1/token", data=refresh).json()["code"] == "invalid_grant"
    again = user.http.post(
        "/v1/password-resets/confirm", json={"token": token_in(link), "password": PASSWORD}
    )
    assert (again.status_code, again.json()["code"]) == (410, "link_used")
    assert {mail["To"] for mail in tracklift.data.mails()} == {user.email}


def test_a_token_lies_nowhere_but_in_the_mail(tracklift: StandaloneProcess, user: User) -> None:
    """Once it is mailed, neither database nor queue nor log holds it; what is stored is its hash."""
    user.http.post("/v1/password-resets", json={"email": user.email})
    (verify,) = wait_for(lambda: links(tracklift, VERIFY), "the mail comes")
    (reset,) = wait_for(lambda: links(tracklift, RESET), "the mail comes")
    submit(user.http, reset, password=NEW)
    tracklift.data.settled_contents()

    rows = [
        str(row)
        for table in ("mailed_tokens", "outbox", "messages", "dead_letters", "delivery_log")
        for row in tracklift.data.rows(table)
    ]
    assert len(tracklift.data.rows("mailed_tokens")) == 2
    for token in (token_in(verify), token_in(reset)):
        assert token not in "".join(rows)
        assert token not in tracklift.log.read_text()


@pytest.mark.media
def test_the_link_in_the_mail_about_a_conversion_leads_to_its_mp3(
    tracklift: StandaloneProcess, user: User
) -> None:
    """In a browser that knows nothing but e-mail address and password, and no token gets into the log."""
    conversion = user.upload(sample("one-second"), name="My <b>talk</b>.mp4")
    failed = user.upload(sample("no-audio"))
    (mail,) = wait_for(lambda: tracklift.data.mails_about(conversion), "the mail comes")
    (other,) = wait_for(lambda: tracklift.data.mails_about(failed), "the other mail comes")
    links = [re.findall(r"https?://\S+/conversions/\w+", text_of(each)) for each in (mail, other)]

    with httpx.Client(timeout=60) as browser:
        wrong = open_conversion(browser, links[0][0], user.email, "wrong")
        assert (wrong.answer.status_code, "password is wrong" in wrong.text) == (400, True)
        page = open_conversion(browser, links[0][0], user.email, PASSWORD)
        told = open_conversion(browser, links[1][0], user.email, PASSWORD)
        token = page.forms["Download the MP3"][1]["access_token"]
        audio = download(browser, page).raise_for_status()

    assert read_mp3(audio.content).frames
    assert audio.headers["Content-Type"] == "audio/mpeg"
    assert "attachment" in audio.headers["Content-Disposition"]
    assert "The video has no audio track" in told.text
    assert token not in tracklift.log.read_text()


@pytest.mark.media
def test_the_start_page_leads_to_every_conversion(tracklift: StandaloneProcess, user: User) -> None:
    """And to the documentation."""
    user.wait_for_end(user.upload(sample("one-second"), name="talk.mp4"))
    with httpx.Client(timeout=60) as browser:
        home = open_conversion(browser, f"{tracklift.address}/", user.email, PASSWORD)
        page = press(browser, home, "talk.mp4")

        assert read_mp3(download(browser, page).content).frames
        assert browser.get(home.links["Documentation of the interface"]).status_code == 200
