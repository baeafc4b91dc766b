"""Whatever the mail server does, each conversion ends in one mail, and the log says what was wrong."""

from collections.abc import Mapping

import pytest

from tests.end_to_end.user import User
from tests.end_to_end.waiting import wait_for
from tests.media.samples import sample
from tests.selection import thorough
from tests.servers.smtp_behaviour import Answer, Behaviour, Delay, Drop, Hold, Step
from tests.services.queues import COMPLETED
from tests.services.service_log import Listening
from tests.services.stage import Stage

pytestmark = [pytest.mark.media, pytest.mark.network]

PASSING: Mapping[str, tuple[Step, Behaviour, str]] = {
    "is too busy": (Step.CONNECT, Answer("421 4.3.2 Too busy"), "4.3.2 Too busy"),
    "wants to see the recipient again": (Step.RCPT, Answer("451 4.7.1 Greylisted"), "451 4.7.1 Greylisted"),
    "has no room for the mail": (Step.END, Answer("452 4.3.1 No room"), "452 4.3.1 No room"),
    "drops the connection at once": (Step.CONNECT, Drop(), "The mail server is not available: "),
    "drops the connection before the mail": (Step.DATA, Drop(), "The mail server is not available: "),
    "drops the connection in the middle of the mail": (
        Step.BODY,
        Drop(),
        "The mail server is not available: ",
    ),
    "says nothing at first": (Step.EHLO, Hold(), "The mail server is not available: "),
    "says nothing after the mail": (Step.END, Hold(), "The mail server is not available: "),
}
"""Where the mail server does what, and a part of what the log says."""
IN_EACH_RUN = [
    "wants to see the recipient again",
    "drops the connection in the middle of the mail",
    "says nothing after the mail",
]
"""An answer, a closed connection, and silence. The adapter's own tests have them at further steps."""


@pytest.mark.parametrize(
    "trouble", [*IN_EACH_RUN, *thorough(trouble for trouble in PASSING if trouble not in IN_EACH_RUN)]
)
def test_a_mail_gets_through_when_the_mail_server_has_trouble_that_passes(
    stage: Stage, user: User, trouble: str
) -> None:
    """It is handed over a second later, once, and the log says in one line why not at first."""
    step, behaviour, cause = PASSING[trouble]
    log = Listening(stage.services.notification)
    stage.mail_server.behave(step, behaviour, times=1)

    conversion = stage.convert(user)

    (line,) = log.trouble()
    assert cause in line
    assert stage.result_of(user, conversion) == ("completed", [".audio.1"], 1)


def test_mails_wait_ever_longer_for_a_mail_server_that_stays_in_trouble(stage: Stage, user: User) -> None:
    """It is not asked all the time, and not given up."""
    log = Listening(stage.services.notification)
    arrivals = stage.mail_server.arrivals(Step.MAIL)
    stage.mail_server.behave(Step.MAIL, Answer("451 4.3.0 Later"), times=3)

    conversion = stage.convert(user)

    assert stage.mail_server.arrivals(Step.MAIL) - arrivals == 4
    waits = [line.partition("It is redelivered in ")[2].partition(".")[0] for line in log.trouble()]
    assert waits == ["0:00:01", "0:00:02", "0:00:04"]
    assert stage.result_of(user, conversion) == ("completed", [".audio.1"], 1)


def test_a_mail_gets_through_when_the_mail_server_is_there_again(stage: Stage, user: User) -> None:
    """It refused connections, as when it is being restarted."""
    log = Listening(stage.services.notification)
    stage.mail_server.stop()
    conversion = user.upload(sample("one-second"))
    wait_for(log.trouble, "the mail can't be handed over")

    stage.mail_server.start()

    stage.wait_for_mail(conversion)
    assert all("The mail server is not available: " in line for line in log.trouble())
    assert stage.result_of(user, conversion) == ("completed", [".audio.1"], 1)


def test_a_slow_mail_server_gets_each_mail_once(stage: Stage, user: User) -> None:
    """Slower at each step than anybody likes, but within the patience."""
    log = Listening(stage.services.notification)
    for step in (Step.CONNECT, Step.EHLO, Step.MAIL, Step.RCPT, Step.DATA, Step.END):
        stage.mail_server.behave(step, Delay(0.7))

    conversion = stage.convert(user)

    assert log.trouble() == []
    assert stage.result_of(user, conversion) == ("completed", [".audio.1"], 1)


def test_a_mail_that_hangs_holds_up_no_other_one(stage: Stage, user: User) -> None:
    """Mails are handed over side by side."""
    arrivals = stage.mail_server.arrivals(Step.EHLO)
    stage.mail_server.behave(Step.EHLO, Hold(), times=1)
    held = user.upload(sample("one-second"))
    stage.mail_server.wait_for_arrival(Step.EHLO, arrivals + 1)

    later = stage.convert(user)

    stage.wait_for_mail(held)
    told = [mail.content for mail in stage.mail_server.mails]
    assert told.index(stage.mails_about(later)[0].content) < told.index(stage.mails_about(held)[0].content)
    assert len(stage.mails_about(held)) == len(stage.mails_about(later)) == 1


def test_a_mail_whose_answer_got_lost_is_one_mail_to_its_reader(stage: Stage, user: User) -> None:
    """Nobody can know that it was taken, so it is handed over again under the same name."""
    stage.mail_server.behave(Step.END, Drop(), times=1)

    conversion = user.upload(sample("one-second"))

    wait_for(lambda: len(stage.mails_about(conversion)) == 2, "it is handed over again")
    stage.convert(user)
    names = [mail.message["Message-ID"] for mail in stage.mails_about(conversion)]
    assert len(names) == 2
    assert len(set(names)) == 1


@pytest.mark.parametrize("step", [Step.END, *thorough([Step.RCPT])])
def test_a_mail_that_is_refused_for_good_is_dead_lettered_and_can_be_sent_later(
    stage: Stage, user: User, step: Step
) -> None:
    """It is tried once; when an operator has fixed the cause and puts it back, it goes out once."""
    log = Listening(stage.services.notification)
    before = stage.queues.dead("notification")
    stage.mail_server.behave(step, Answer("550 5.7.1 Not from you"))
    with stage.queues.tapped() as tap:
        conversion = user.upload(sample("one-second"))
        assert user.wait_for_end(conversion)["state"] == "completed"
        completion = wait_for(lambda: tap.heard(COMPLETED, conversion), "it is published")

    (letter,) = wait_for(lambda: stage.queues.dead("notification")[len(before) :], "it is dead-lettered")
    assert letter.body == completion
    assert "550 5.7.1 Not from you" in letter.reason
    (line,) = log.trouble()
    assert "550 5.7.1 Not from you" in line
    assert stage.mails_about(conversion) == []

    stage.mail_server.behave_well()
    stage.queues.revive("notification", completion)
    stage.wait_for_mail(conversion)
    stage.convert(user)
    assert stage.result_of(user, conversion) == ("completed", [".audio.1"], 1)
    assert stage.queues.dead("notification") == before
