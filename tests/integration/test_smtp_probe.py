"""A mail server is tried without a mail, and what is wrong with it is told by where it failed."""

import asyncio
from collections.abc import Callable
from datetime import timedelta

import pytest

from tests.servers.certificate import Certificate
from tests.servers.smtp_behaviour import Answer, Behaviour, Drop, Hold
from tests.servers.smtp_behaviour import Step as At
from tests.servers.smtp_sink import Security, SmtpSink
from tracklift_adapters.smtp.probe import Step, UnusableMailServerError, probe
from tracklift_adapters.smtp.server import SmtpSecurity, SmtpServer

pytestmark = pytest.mark.network
Sinks = Callable[..., SmtpSink]


def server_of(
    sink: SmtpSink,
    security: SmtpSecurity = SmtpSecurity.NONE,
    *,
    host: str = "localhost",
    password: str | None = None,
    timeout: timedelta = timedelta(seconds=10),
) -> SmtpServer:
    """Describe a sink."""
    return SmtpServer(
        host=host,
        port=sink.port,
        security=security,
        username=None if password is None else "ada",
        password=password,
        timeout=timeout,
    )


@pytest.mark.parametrize("security", [Security.STARTTLS, Security.TLS])
async def test_a_server_that_takes_mail_is_left_without_one(
    start_smtp_sink: Sinks, smtp_certificate: Certificate, security: Security
) -> None:
    """After TLS and a login."""
    sink = start_smtp_sink(security=security, certificate=smtp_certificate, credentials={"ada": "secret"})
    server = server_of(sink, SmtpSecurity(security.value), password="secret")

    await probe(server, trusted=smtp_certificate.client_context())

    assert (sink.arrivals(At.AUTH), sink.arrivals(At.MAIL), sink.mails) == (1, 0, [])


async def test_a_server_without_tls_and_login_takes_mail_too(smtp_sink: SmtpSink) -> None:
    await probe(server_of(smtp_sink, host=smtp_sink.host))

    assert smtp_sink.arrivals(At.EHLO) == 1


async def test_a_login_that_is_refused_is_told(start_smtp_sink: Sinks, smtp_certificate: Certificate) -> None:
    sink = start_smtp_sink(security=Security.TLS, certificate=smtp_certificate, credentials={"ada": "secret"})

    with pytest.raises(UnusableMailServerError, match="535") as refused:
        await probe(
            server_of(sink, SmtpSecurity.TLS, password="wrong"), trusted=smtp_certificate.client_context()
        )

    assert refused.value.step is Step.LOG_IN


@pytest.mark.parametrize("security", [Security.STARTTLS, Security.TLS])
async def test_a_certificate_that_is_not_trusted_is_told(
    start_smtp_sink: Sinks, smtp_certificate: Certificate, security: Security
) -> None:
    sink = start_smtp_sink(security=security, certificate=smtp_certificate)

    with pytest.raises(UnusableMailServerError, match="its certificate is not trusted: self") as refused:
        await probe(server_of(sink, SmtpSecurity(security.value)))

    assert refused.value.step is Step.TLS


@pytest.mark.parametrize("security", [SmtpSecurity.STARTTLS, SmtpSecurity.TLS])
async def test_a_server_without_tls_is_told(smtp_sink: SmtpSink, security: SmtpSecurity) -> None:
    with pytest.raises(UnusableMailServerError) as refused:
        await probe(server_of(smtp_sink, security, host=smtp_sink.host))

    assert refused.value.step is Step.TLS


async def test_a_server_that_is_down_is_told(smtp_sink: SmtpSink) -> None:
    await asyncio.to_thread(smtp_sink.stop)

    with pytest.raises(UnusableMailServerError, match="refused") as refused:
        await probe(server_of(smtp_sink, host=smtp_sink.host))

    assert refused.value.step is Step.CONNECT


@pytest.mark.parametrize(
    ("at", "behaviour", "step", "said"),
    [
        (At.CONNECT, Answer("554 5.7.1 No service for you"), Step.GREETING, "554 5.7.1 No service for you"),
        (At.CONNECT, Drop(), Step.CONNECT, "closes the connection"),
        (At.CONNECT, Hold(), Step.CONNECT, "does not answer in time"),
        (At.EHLO, Answer("421 4.3.2 Too busy"), Step.GREETING, "421"),
        (At.EHLO, Hold(), Step.GREETING, "does not answer in time"),
    ],
)
async def test_a_server_that_does_not_greet_is_told(
    smtp_sink: SmtpSink, at: At, behaviour: Behaviour, step: Step, said: str
) -> None:
    """In one line, with its own words."""
    smtp_sink.behave(at, behaviour)

    with pytest.raises(UnusableMailServerError, match=said) as refused:
        await probe(server_of(smtp_sink, host=smtp_sink.host, timeout=timedelta(milliseconds=500)))

    assert refused.value.step is step
    assert "\n" not in str(refused.value)
    await asyncio.to_thread(smtp_sink.release)
