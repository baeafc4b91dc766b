"""Mail over SMTP keeps the contract of mailers on a real server, and tells refusals from outages."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from typing_extensions import override

from tests.contracts.mailer import MAIL, MailerContract, read_back
from tests.servers.certificate import Certificate
from tests.servers.smtp_behaviour import Answer, Drop, Hold, Step
from tests.servers.smtp_sink import Security, SmtpSink
from tracklift_adapters.in_memory.clock import ManualClock
from tracklift_adapters.smtp.mailer import SmtpMailer
from tracklift_adapters.smtp.server import SmtpSecurity, SmtpServer
from tracklift_domain.errors import ServiceUnavailableError
from tracklift_domain.notification.errors import MailRefusedError
from tracklift_domain.notification.notification import Mail
from tracklift_domain.notification.ports import Mailer
from tracklift_domain.user.email_address import EmailAddress

CLOCK = ManualClock(datetime(2025, 12, 1, 14, 5, 9, tzinfo=UTC))
SENDER = "Tracklift <tracklift@example.org>"
Sinks = Callable[..., SmtpSink]


def mailer_for(
    sink: SmtpSink,
    *,
    security: SmtpSecurity = SmtpSecurity.NONE,
    username: str | None = None,
    password: str | None = None,
    timeout: timedelta = timedelta(seconds=10),
    certificate: Certificate | None = None,
) -> SmtpMailer:
    """Make a mailer that speaks to a sink and trusts its certificate."""
    server = SmtpServer(
        host="localhost" if certificate else sink.host,
        port=sink.port,
        security=security,
        username=username,
        password=password,
        timeout=timeout,
    )
    trusted = certificate.client_context() if certificate else None
    return SmtpMailer(server, CLOCK, sender=SENDER, trusted=trusted)


class TestSmtpMailer(MailerContract):
    @pytest.fixture
    @override
    def mailer(self, smtp_sink: SmtpSink) -> Mailer:
        return mailer_for(smtp_sink)

    @pytest.fixture
    @override
    def delivered(self, mailer: Mailer, smtp_sink: SmtpSink) -> Callable[[], Sequence[Mail]]:
        return lambda: [read_back(mail.content) for mail in smtp_sink.mails]

    @pytest.fixture
    @override
    def set_available(self, mailer: Mailer, smtp_sink: SmtpSink) -> Callable[[bool], None]:
        return lambda available: smtp_sink.start() if available else smtp_sink.stop()


@pytest.mark.parametrize("step", [Step.MAIL, Step.RCPT, Step.DATA, Step.END])
async def test_an_answer_of_the_500s_refuses_the_mail_for_good(smtp_sink: SmtpSink, step: Step) -> None:
    """No such mailbox, a message that is too large or looks like spam: trying again would change nothing."""
    smtp_sink.behave(step, Answer("550 5.1.1 No such mailbox"))

    with pytest.raises(MailRefusedError, match=r"550 .*No such mailbox"):
        await mailer_for(smtp_sink).send(MAIL)


@pytest.mark.parametrize("step", [Step.CONNECT, Step.MAIL, Step.RCPT, Step.DATA, Step.END])
async def test_an_answer_of_the_400s_means_later(smtp_sink: SmtpSink, step: Step) -> None:
    """A full disk or a greylisting passes, and the same mail is taken then."""
    smtp_sink.behave(step, Answer("451 4.3.0 Try again later"), times=1)
    mailer = mailer_for(smtp_sink)

    with pytest.raises(ServiceUnavailableError):
        await mailer.send(MAIL)
    await mailer.send(MAIL)

    assert [read_back(mail.content) for mail in smtp_sink.mails] == [MAIL]


@pytest.mark.parametrize("step", [Step.CONNECT, Step.EHLO, Step.RCPT, Step.BODY])
async def test_a_connection_that_is_cut_means_later(smtp_sink: SmtpSink, step: Step) -> None:
    """Wherever the server drops the line, in the middle of the mail too, the mail is not lost."""
    smtp_sink.behave(step, Drop(), times=1)
    mailer = mailer_for(smtp_sink)

    with pytest.raises(ServiceUnavailableError):
        await mailer.send(MAIL)
    await mailer.send(MAIL)

    assert [read_back(mail.content) for mail in smtp_sink.mails] == [MAIL]


async def test_a_mail_whose_answer_got_lost_is_sent_again_with_the_same_message_id(
    smtp_sink: SmtpSink,
) -> None:
    """The client can't know that the server took it; the reader sees one Message-ID twice."""
    smtp_sink.behave(Step.END, Drop(), times=1)
    mailer = mailer_for(smtp_sink)

    with pytest.raises(ServiceUnavailableError):
        await mailer.send(MAIL)
    await mailer.send(MAIL)

    assert {read_back(mail.content).message_id for mail in smtp_sink.mails} == {MAIL.message_id}


@pytest.mark.parametrize("step", [Step.CONNECT, Step.EHLO, Step.DATA, Step.END])
async def test_a_server_that_says_nothing_is_given_up(smtp_sink: SmtpSink, step: Step) -> None:
    """A hanging server holds up one mail for the timeout and no longer."""
    smtp_sink.behave(step, Hold())

    with pytest.raises(ServiceUnavailableError):
        await mailer_for(smtp_sink, timeout=timedelta(milliseconds=300)).send(MAIL)

    await asyncio.to_thread(smtp_sink.release)


@pytest.mark.parametrize(
    ("offered", "used"), [(Security.STARTTLS, SmtpSecurity.STARTTLS), (Security.TLS, SmtpSecurity.TLS)]
)
async def test_mail_goes_encrypted_and_with_a_log_in(
    start_smtp_sink: Sinks, smtp_certificate: Certificate, offered: Security, used: SmtpSecurity
) -> None:
    """Both ways of TLS work, and the server learns who hands over the mail."""
    sink = start_smtp_sink(security=offered, certificate=smtp_certificate, credentials={"ada": "secret"})

    await mailer_for(
        sink, security=used, certificate=smtp_certificate, username="ada", password="secret"
    ).send(MAIL)

    (mail,) = sink.mails
    assert mail.encrypted
    assert mail.user == "ada"


@pytest.mark.parametrize(
    ("offered", "used"), [(Security.STARTTLS, SmtpSecurity.STARTTLS), (Security.TLS, SmtpSecurity.TLS)]
)
async def test_a_certificate_that_nobody_vouches_for_is_not_believed(
    start_smtp_sink: Sinks, smtp_certificate: Certificate, offered: Security, used: SmtpSecurity
) -> None:
    """An eavesdropper between Tracklift and its mail server reads nothing."""
    sink = start_smtp_sink(security=offered, certificate=smtp_certificate)

    with pytest.raises(ServiceUnavailableError):
        await mailer_for(sink, security=used).send(MAIL)

    assert sink.mails == []


async def test_a_server_without_starttls_gets_no_mail_that_must_be_secured(smtp_sink: SmtpSink) -> None:
    """A stripped offer of encryption must not lead to mail in the clear."""
    with pytest.raises(ServiceUnavailableError):
        await mailer_for(smtp_sink, security=SmtpSecurity.STARTTLS).send(MAIL)

    assert smtp_sink.mails == []


async def test_a_refused_log_in_is_no_fault_of_the_mail(
    start_smtp_sink: Sinks, smtp_certificate: Certificate
) -> None:
    """A wrong password is fixed by the operator, and the mail goes out then."""
    sink = start_smtp_sink(security=Security.TLS, certificate=smtp_certificate, credentials={"ada": "secret"})

    with pytest.raises(ServiceUnavailableError):
        await mailer_for(
            sink, security=SmtpSecurity.TLS, certificate=smtp_certificate, username="ada", password="wrong"
        ).send(MAIL)


async def test_an_address_of_any_script_is_written_to(smtp_sink: SmtpSink) -> None:
    """A recipient beyond ASCII is handed over as RFC 6531 has it."""
    mail = replace(MAIL, recipient=EmailAddress("анна@example.org"))

    await mailer_for(smtp_sink).send(mail)

    assert [received.recipients for received in smtp_sink.mails] == [("анна@example.org",)]
