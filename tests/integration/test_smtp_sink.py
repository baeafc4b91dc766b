"""The mail server of the tests: it takes mail in every way, and fails in every way that it is told to."""

import asyncio
from collections.abc import Callable
from email.message import EmailMessage
from typing import Any

import aiosmtplib
import pytest
from aiosmtplib import SMTP

from tests.servers.certificate import Certificate
from tests.servers.smtp_behaviour import Answer, Delay, Drop, Hold, Step
from tests.servers.smtp_sink import Security, SmtpSink

pytestmark = pytest.mark.network

StartSink = Callable[..., SmtpSink]


def example(subject: str = "Ready") -> EmailMessage:
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = "from@example.org", "to@example.org", subject
    message["Message-ID"] = "<1@example.org>"
    message.set_content("Grüße\n.\nEnd\n")
    return message


async def send(sink: SmtpSink, subject: str = "Ready", **options: Any) -> None:
    """Send one mail through a connection of its own."""
    settings: dict[str, Any] = {
        "hostname": sink.host,
        "port": sink.port,
        "start_tls": False,
        "timeout": 10,
    } | options
    await aiosmtplib.send(example(subject), **settings)


class TestTaking:
    """The sink keeps what it is sent."""

    async def test_it_keeps_a_mail_as_it_was_sent(self, smtp_sink: SmtpSink) -> None:
        """Envelope, headers and body, with a line that is only a dot."""
        await send(smtp_sink)
        (mail,) = smtp_sink.mails
        assert (mail.sender, mail.recipients) == ("from@example.org", ("to@example.org",))
        assert mail.message["Subject"] == "Ready"
        assert mail.message.get_content().splitlines() == ["Grüße", ".", "End"]
        assert (mail.user, mail.encrypted) == (None, False)

    async def test_it_speaks_tls_after_starttls(
        self, start_smtp_sink: StartSink, smtp_certificate: Certificate
    ) -> None:
        """The client checks the certificate; without TLS nothing is taken."""
        sink = start_smtp_sink(security=Security.STARTTLS, certificate=smtp_certificate)
        await send(sink, start_tls=True, tls_context=smtp_certificate.client_context())
        assert sink.mails[0].encrypted
        with pytest.raises(aiosmtplib.SMTPResponseException, match="STARTTLS"):
            await send(sink)

    async def test_it_speaks_tls_from_the_first_byte(
        self, start_smtp_sink: StartSink, smtp_certificate: Certificate
    ) -> None:
        """The client checks the certificate."""
        sink = start_smtp_sink(security=Security.TLS, certificate=smtp_certificate)
        await send(sink, start_tls=None, use_tls=True, tls_context=smtp_certificate.client_context())
        assert sink.mails[0].encrypted

    async def test_nobody_else_trusts_its_certificate(
        self, start_smtp_sink: StartSink, smtp_certificate: Certificate
    ) -> None:
        """A client with the machine's own authorities refuses it."""
        sink = start_smtp_sink(security=Security.TLS, certificate=smtp_certificate)
        with pytest.raises(aiosmtplib.SMTPConnectError, match="certificate"):
            await send(sink, start_tls=None, use_tls=True)
        assert sink.mails == []

    @pytest.mark.parametrize("security", list(Security))
    async def test_it_asks_for_a_password(
        self, start_smtp_sink: StartSink, smtp_certificate: Certificate, security: Security
    ) -> None:
        """Who has none, or the wrong one, is refused; who has it is named with the mail."""
        certificate = None if security is Security.NONE else smtp_certificate
        sink = start_smtp_sink(
            security=security, certificate=certificate, credentials={"tracklift": "secret"}
        )
        ways: dict[str, Any] = {
            "start_tls": {Security.NONE: False, Security.STARTTLS: True, Security.TLS: None}[security],
            "use_tls": security is Security.TLS,
            "tls_context": None if certificate is None else certificate.client_context(),
        }
        await send(sink, username="tracklift", password="secret", **ways)
        assert sink.mails[0].user == "tracklift"
        with pytest.raises(aiosmtplib.SMTPAuthenticationError):
            await send(sink, username="tracklift", password="wrong", **ways)
        with pytest.raises(aiosmtplib.SMTPResponseException, match="Authentication required"):
            await send(sink, **ways)
        assert len(sink.mails) == 1


class TestFailing:
    """The sink fails as a test wants."""

    @pytest.mark.parametrize("step", [Step.CONNECT, Step.MAIL, Step.RCPT, Step.DATA, Step.END])
    @pytest.mark.parametrize("code", [451, 550])
    async def test_it_answers_what_it_is_told(self, smtp_sink: SmtpSink, step: Step, code: int) -> None:
        """Temporary or permanent refusal at any step, so many times; then all is well."""
        smtp_sink.behave(step, Answer(f"{code} 5.0.0 No"), times=1)
        with pytest.raises(aiosmtplib.SMTPException) as caught:
            await send(smtp_sink)
        assert str(code) in str(caught.value)
        assert smtp_sink.mails == []
        await send(smtp_sink)
        assert len(smtp_sink.mails) == 1

    @pytest.mark.parametrize("step", [Step.CONNECT, Step.EHLO, Step.MAIL, Step.RCPT, Step.DATA, Step.BODY])
    async def test_it_drops_the_connection(self, smtp_sink: SmtpSink, step: Step) -> None:
        """The client has no reply, and no mail has come in."""
        smtp_sink.behave(step, Drop(), times=1)
        with pytest.raises((aiosmtplib.SMTPServerDisconnected, aiosmtplib.SMTPConnectError)):
            await send(smtp_sink)
        assert smtp_sink.mails == []
        await send(smtp_sink)

    async def test_it_can_take_a_mail_and_lose_the_reply(self, smtp_sink: SmtpSink) -> None:
        """The mail is in, and the client can't know: the case that makes duplicates."""
        smtp_sink.behave(Step.END, Drop(), times=1)
        with pytest.raises(aiosmtplib.SMTPServerDisconnected):
            await send(smtp_sink)
        assert len(smtp_sink.mails) == 1

    async def test_it_drops_an_encrypted_connection(
        self, start_smtp_sink: StartSink, smtp_certificate: Certificate
    ) -> None:
        """As a plain one."""
        sink = start_smtp_sink(security=Security.STARTTLS, certificate=smtp_certificate)
        sink.behave(Step.BODY, Drop())
        with pytest.raises(aiosmtplib.SMTPServerDisconnected):
            await send(sink, start_tls=True, tls_context=smtp_certificate.client_context())
        assert sink.mails == []

    async def test_it_holds_a_client_until_told(self, smtp_sink: SmtpSink) -> None:
        """A test sees that the client waits, and lets it go on."""
        smtp_sink.behave(Step.RCPT, Hold())
        sending = asyncio.create_task(send(smtp_sink))
        await asyncio.to_thread(smtp_sink.wait_for_arrival, Step.RCPT)
        assert not sending.done()
        smtp_sink.behave_well()
        await sending
        assert len(smtp_sink.wait_for_mails(1)) == 1

    async def test_a_client_that_waits_too_long_gives_up(self, smtp_sink: SmtpSink) -> None:
        """The client's own time limit ends it."""
        smtp_sink.behave(Step.END, Hold())
        with pytest.raises(aiosmtplib.SMTPTimeoutError):
            await send(smtp_sink, timeout=0.3)
        assert smtp_sink.arrivals(Step.END) == 1
        assert smtp_sink.mails == []

    async def test_it_can_be_slow(self, smtp_sink: SmtpSink) -> None:
        """It answers late, and then takes the mail."""
        smtp_sink.behave(Step.DATA, Delay(0.2))
        started = asyncio.get_running_loop().time()
        await send(smtp_sink)
        assert asyncio.get_running_loop().time() - started >= 0.2

    async def test_it_refuses_connections_while_it_is_stopped(self, smtp_sink: SmtpSink) -> None:
        """It comes back on the same port and still has its mails."""
        await send(smtp_sink, "one")
        smtp_sink.stop()
        with pytest.raises(aiosmtplib.SMTPConnectError):
            await send(smtp_sink)
        smtp_sink.start()
        await send(smtp_sink, "two")
        assert [mail.message["Subject"] for mail in smtp_sink.mails] == ["one", "two"]

    async def test_to_stop_it_cuts_open_connections(self, smtp_sink: SmtpSink) -> None:
        """A client in the middle of a conversation notices at once."""
        smtp_sink.behave(Step.MAIL, Hold())
        async with asyncio.timeout(10):
            client = SMTP(hostname=smtp_sink.host, port=smtp_sink.port, start_tls=False, timeout=30)
            await client.connect()
            sending = asyncio.create_task(client.send_message(example()))
            await asyncio.to_thread(smtp_sink.wait_for_arrival, Step.MAIL)
            await asyncio.to_thread(smtp_sink.stop)
            with pytest.raises(aiosmtplib.SMTPServerDisconnected):
                await sending
