from dataclasses import replace
from datetime import timedelta

import pytest

from tests.contracts.examples import NOW, SECOND, a_mailed_token, a_user
from tests.unit.faults import down, raising
from tests.unit.notification.test_announce_outcome import PostOffice
from tracklift_domain.errors import ServiceUnavailableError
from tracklift_domain.messaging.delivery import DeadLetter, Done, RetryAfter
from tracklift_domain.notification.errors import MailRefusedError
from tracklift_domain.notification.send_once import SENDING_TAKES
from tracklift_domain.user.events import UserDeleted
from tracklift_domain.user.mailed_link.events import (
    EmailVerificationRequested,
    LinkRequested,
    PasswordResetRequested,
)
from tracklift_domain.user.mailed_link.mailed_token import TokenPurpose

TOKEN = "the token"  # made up
LASTS = timedelta(hours=1)
RESET = PasswordResetRequested.of(a_mailed_token(expires_at=NOW + LASTS), TOKEN)
VERIFICATION = EmailVerificationRequested.of(
    a_mailed_token(2, purpose=TokenPurpose.VERIFY_EMAIL, expires_at=NOW + LASTS), TOKEN
)


@pytest.fixture
def office() -> PostOffice:
    return PostOffice()


@pytest.mark.parametrize(("event", "subject"), [(RESET, "reset_password"), (VERIFICATION, "verify_email")])
async def test_a_link_is_mailed_once_however_often_its_event_comes(
    office: PostOffice, event: LinkRequested, subject: str
) -> None:
    for _ in range(3):
        assert await office.mail_link(event) == Done()
        office.clock.advance(SENDING_TAKES)
    (mail,) = office.mailer.sent
    assert mail.recipient.value == "ada@example.org"
    assert mail.subject == subject
    assert mail.text == str({"token": TOKEN, "expires_at": event.expires_at})


async def test_each_link_has_a_mail_of_its_own(office: PostOffice) -> None:
    another = PasswordResetRequested.of(a_mailed_token(3, expires_at=NOW + LASTS), "another token")
    for event in (RESET, VERIFICATION, another):
        await office.mail_link(event)
    assert len({mail.message_id for mail in office.mailer.sent}) == 3


async def test_an_event_is_redelivered_as_long_as_the_link_is_good_and_is_let_go_then(
    office: PostOffice, caplog: pytest.LogCaptureFixture
) -> None:
    """A mail with an expired link would help nobody, and the token stays in no queue."""
    office.mailer.acts = [raising(down())]
    with pytest.raises(ServiceUnavailableError):
        await office.mail_link(RESET)
    office.clock.advance(LASTS)
    assert await office.mail_link(RESET) == Done()
    assert office.mailer.sent == []
    assert "its link has expired" in caplog.text
    assert TOKEN not in caplog.text


async def test_while_another_sender_is_at_it_the_event_waits(office: PostOffice) -> None:
    await office.log.claim(f"{RESET.id}:ada@example.org", now=NOW, until=NOW + SECOND)
    assert isinstance(await office.mail_link(RESET), RetryAfter)


async def test_a_mail_that_is_refused_is_let_go_and_not_dead_lettered_with_its_token(
    office: PostOffice, caplog: pytest.LogCaptureFixture
) -> None:
    office.mailer.acts = [raising(MailRefusedError("no such mailbox"))]
    assert await office.mail_link(RESET) == Done()
    assert "no such mailbox" in caplog.text
    assert TOKEN not in caplog.text


@pytest.mark.parametrize(
    "event",
    [
        replace(RESET, email="nobody"),
        replace(RESET, expires_at="soon"),
        replace(RESET, expires_at="2026-02-03T05:05:06"),
    ],
)
async def test_an_event_that_makes_no_sense_is_let_go(
    office: PostOffice, event: LinkRequested, caplog: pytest.LogCaptureFixture
) -> None:
    assert await office.mail_link(event) == Done()
    assert office.mailer.sent == []
    assert "it makes no sense" in caplog.text


async def test_an_event_about_something_else_is_dead_lettered(office: PostOffice) -> None:
    answer = await office.mail_link(UserDeleted.of(a_user(), NOW))
    assert isinstance(answer, DeadLetter)
    assert UserDeleted.type in answer.reason
