"""An address is verified and a forgotten password replaced through all services, whatever is down meanwhile."""

from collections.abc import Iterator
from uuid import uuid4

import httpx
import pytest

from tests.end_to_end.mailed_links import link_in, redeem, token_in
from tests.end_to_end.user import PASSWORD, User
from tests.end_to_end.waiting import wait_for
from tests.selection import thorough
from tests.servers.smtp_behaviour import Answer, Step
from tests.services.service_log import Listening
from tests.services.stage import Stage

pytestmark = pytest.mark.network
NEW = "a whole new passphrase"


@pytest.fixture
def user(stage: Stage) -> Iterator[User]:
    """Give somebody new, whose address is not verified."""
    user = stage.new_user(verified=False)
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


def test_the_link_in_the_mail_after_signing_up_verifies_the_address(stage: Stage) -> None:
    user = User(stage.services.address, f"{uuid4().hex}@example.org").sign_up()
    (link,) = wait_for(lambda: links(stage, user, "verify-email"), "the mail comes")
    assert link.startswith(f"{stage.services.address}/")
    assert user.http.get("/v1/me").json()["email_verified"] is False

    assert redeem(user.http, link).status_code == 204

    assert user.http.get("/v1/me").json()["email_verified"] is True
    used = user.http.post("/v1/email-verifications/confirm", json={"token": token_in(link)})
    assert (used.status_code, used.json()["code"]) == (410, "link_used")
    user.http.close()


@pytest.mark.parametrize("how", ["it did not answer", *thorough(["it was killed"])])
def test_a_forgotten_password_is_replaced_once_the_broker_is_back(stage: Stage, user: User, how: str) -> None:
    """The wish is in auth's outbox; the mail comes once, and the token is in no log and no dead letter."""
    stage.services.notification.kill()
    broker = stage.servers.rabbitmq
    # To start one that was killed takes ten seconds of computing time.
    broker.kill() if how == "it was killed" else broker.pause()
    assert ask_for_reset(user).status_code == 202
    stage.restore()
    (link,) = wait_for(lambda: links(stage, user, "reset-password"), "the mail comes")

    assert redeem(user.http, link, password=NEW).status_code == 204

    form = {"grant_type": "password", "username": user.email}
    assert user.http.post("/v1/token", data={**form, "password": NEW}).status_code == 200
    assert user.http.post("/v1/token", data={**form, "password": PASSWORD}).status_code == 400
    assert stage.queues.dead("links") == []
    for service in stage.services.all:
        assert token_in(link) not in service.log.read_text()
    assert len({mail.message["Message-ID"] for mail in stage.mails_to(user.email)}) == 1


def test_a_mail_that_is_refused_for_good_leaves_no_token_behind(stage: Stage, user: User) -> None:
    """It is not dead-lettered, and a user who still wants one requests another."""
    log = Listening(stage.services.notification)
    stage.mail_server.behave(Step.RCPT, Answer("550 5.7.1 Not from you"), times=1)
    ask_for_reset(user)
    (line,) = wait_for(log.trouble, "it is refused")
    assert "is let go without a mail" in line
    assert "550 5.7.1 Not from you" in line
    assert stage.queues.dead("links") == []

    ask_for_reset(user)

    assert wait_for(lambda: links(stage, user, "reset-password"), "another mail comes")
