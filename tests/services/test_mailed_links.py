"""An address is verified and a forgotten password replaced through all services, whatever is down meanwhile."""

from collections.abc import Iterator
from uuid import uuid4

import httpx
import pytest

from tests.end_to_end.mailed_links import (
    download,
    link_in,
    open_conversion,
    submit,
    token_in,
    verify_address,
)
from tests.end_to_end.user import PASSWORD, User
from tests.end_to_end.waiting import wait_for
from tests.media.mp3 import read_mp3
from tests.media.samples import sample
from tests.servers.smtp_behaviour import Answer, Step
from tests.services.service_log import Listening
from tests.services.stage import Stage

pytestmark = pytest.mark.network
NEW = "a whole new passphrase"


@pytest.fixture
def user(stage: Stage) -> Iterator[User]:
    """Sign somebody up."""
    user = User(stage.services.address, f"{uuid4().hex}@example.org").sign_up()
    yield user
    user.http.close()


def links(stage: Stage, user: User, page: str) -> list[str]:
    """Give the links to a page out of the mails that somebody got."""
    texts = []
    for mail in stage.mails_to(user.email):
        body = mail.message.get_body(("plain",))
        assert body is not None
        texts.append(str(body.get_content()))
    return [link_in(text, page) for text in texts if f"/{page}?" in text]


def ask_for_reset(user: User) -> httpx.Response:
    """Say to have forgotten the password."""
    return user.http.post("/v1/password-resets", json={"email": user.email})


def test_the_link_in_the_mail_after_signing_up_verifies_the_address(stage: Stage, user: User) -> None:
    """It leads to the gateway, which passes the page on as auth made it."""
    (link,) = wait_for(lambda: links(stage, user, "verify-email"), "the mail comes")
    page = user.http.get(link)
    assert link.startswith(f"{stage.services.address}/")
    assert page.headers["Content-Type"] == "text/html; charset=utf-8"
    assert "form-action 'self'" in page.headers["Content-Security-Policy"]
    assert page.headers["Cache-Control"] == "no-store"
    assert user.http.get("/v1/me").json()["email_verified"] is False

    assert submit(user.http, link).status_code == 200

    assert user.http.get("/v1/me").json()["email_verified"] is True
    used = user.http.post("/v1/email-verifications/confirm", json={"token": token_in(link)})
    assert (used.status_code, used.json()["code"]) == (410, "link_used")


def test_a_forgotten_password_is_replaced_once_the_broker_is_back(stage: Stage, user: User) -> None:
    """The wish is in auth's outbox; the mail comes once, and the token is in no log and no dead letter."""
    stage.services.notification.kill()
    stage.servers.rabbitmq.kill()
    assert ask_for_reset(user).status_code == 202
    stage.restore()
    (link,) = wait_for(lambda: links(stage, user, "reset-password"), "the mail comes")

    assert submit(user.http, link, password=NEW).status_code == 200

    form = {"grant_type": "password", "username": user.email}
    assert user.http.post("/v1/token", data={**form, "password": NEW}).status_code == 200
    assert user.http.post("/v1/token", data={**form, "password": PASSWORD}).status_code == 400
    assert stage.queues.dead("links") == []
    for service in stage.services.all:
        assert token_in(link) not in service.log.read_text()
    assert len({mail.message["Message-ID"] for mail in stage.mails_to(user.email)}) == 2


def test_a_mail_that_is_refused_for_good_leaves_no_token_behind(stage: Stage, user: User) -> None:
    """It is not dead-lettered, and whoever still wants it asks for another."""
    wait_for(lambda: links(stage, user, "verify-email"), "the first mail comes")
    log = Listening(stage.services.notification)
    stage.mail_server.behave(Step.RCPT, Answer("550 5.7.1 Not from you"), times=1)
    ask_for_reset(user)
    (line,) = wait_for(log.trouble, "it is refused")
    assert "is let go without a mail" in line
    assert "550 5.7.1 Not from you" in line
    assert stage.queues.dead("links") == []

    ask_for_reset(user)

    assert wait_for(lambda: links(stage, user, "reset-password"), "another mail comes")


@pytest.mark.media
def test_the_link_in_the_mail_about_a_conversion_leads_to_its_mp3(stage: Stage, user: User) -> None:
    """The gateway signs in at auth; while auth is down it says so on the page."""
    (greeting,) = wait_for(lambda: stage.mails_to(user.email), "the mail to verify the address comes")
    verify_address(user, greeting.message)
    conversion = user.upload(sample("one-second"))
    stage.wait_for_mail(conversion)
    link = f"{stage.services.address}/conversions/{conversion}"
    with httpx.Client(timeout=60) as browser:
        page = open_conversion(browser, link, user.email, PASSWORD)
        wrong = open_conversion(browser, link, user.email, "wrong")
        stage.services.auth.kill()
        down = open_conversion(browser, link, user.email, PASSWORD)

        # What is signed in goes on without auth.
        assert read_mp3(download(browser, page).content).frames
        assert (wrong.answer.status_code, "password is wrong" in wrong.text) == (400, True)
        assert (down.answer.status_code, "not available right now" in down.text) == (503, True)
