"""Finds out whether a mail server would take mail, without sending one."""

import asyncio
import contextlib
import os
import ssl
from enum import Enum, auto

from aiosmtplib import (
    SMTP,
    SMTPConnectResponseError,
    SMTPException,
    SMTPResponseException,
    SMTPServerDisconnected,
)

from tracklift_adapters.smtp.server import SmtpSecurity, SmtpServer


class Step(Enum):
    """What was tried when the mail server failed."""

    CONNECT = auto()
    GREETING = auto()
    TLS = auto()
    LOG_IN = auto()


class UnusableMailServerError(Exception):
    """The mail server would not take mail; the message is its answer or the reason, `step` is what was tried."""

    def __init__(self, step: Step, reason: str) -> None:
        super().__init__(" ".join(reason.split()))
        self.step = step


async def probe(server: SmtpServer, *, trusted: ssl.SSLContext | None = None) -> None:
    """Connect, secure the connection and log in as for a mail, then leave.

    Raises:
        UnusableMailServerError: one of these failed.
    """
    connection = SMTP(
        hostname=server.host,
        port=server.port,
        timeout=server.timeout.total_seconds(),
        use_tls=server.security is SmtpSecurity.TLS,
        start_tls=False,
        tls_context=trusted,
    )
    step, takes_mail = Step.CONNECT, False
    try:
        await connection.connect()
        step = Step.GREETING
        await connection.noop()
        if server.security is SmtpSecurity.STARTTLS:
            step = Step.TLS
            await connection.starttls()
        if server.username is not None:
            step = Step.LOG_IN
            await connection.login(server.username, server.password or "")
        takes_mail = True
    except (SMTPException, OSError) as error:
        raise _unusable(step, error) from error
    finally:
        await _leave(connection, politely=takes_mail)


async def _leave(connection: SMTP, *, politely: bool) -> None:
    transport = connection.transport
    if politely:
        with contextlib.suppress(SMTPException, OSError):
            await connection.quit()
    connection.close()
    if isinstance(transport, asyncio.Transport):
        # Closing TLS would wait for the server; what was to be found out is known.
        transport.abort()
        await asyncio.sleep(0)


def _unusable(step: Step, error: SMTPException | OSError) -> UnusableMailServerError:
    cause = error.__cause__ or error
    match cause:
        case ssl.SSLCertVerificationError():
            return UnusableMailServerError(
                Step.TLS, f"its certificate is not trusted: {cause.verify_message}"
            )
        case ssl.SSLError():
            return UnusableMailServerError(Step.TLS, f"TLS fails: {cause.reason or cause}")
        case SMTPConnectResponseError():
            step, reason = Step.GREETING, f"it answers {cause.code} {cause.message}"
        case SMTPResponseException():
            reason = f"it answers {cause.code} {cause.message}"
        case SMTPServerDisconnected():
            reason = "it closes the connection"
        case TimeoutError():
            reason = "it does not answer in time"
        case OSError(errno=int(number)) if number > 0:
            # The library's own text says that connecting failed, not why.
            reason = os.strerror(number)
        case OSError():
            reason = cause.strerror or str(cause)
        case _:
            reason = str(error)
    return UnusableMailServerError(step, reason)
