import logging
import ssl

import aiosmtplib
from aiosmtplib import (
    SMTP,
    SMTPException,
    SMTPRecipientsRefused,
    SMTPResponseException,
)
from typing_extensions import override

from tracklift_adapters.smtp.server import SmtpSecurity, SmtpServer
from tracklift_domain.clock import Clock
from tracklift_domain.errors import ServiceUnavailableError
from tracklift_domain.notification.errors import MailRefusedError
from tracklift_domain.notification.message import read_sender, write_message
from tracklift_domain.notification.notification import Mail
from tracklift_domain.notification.ports import Mailer

_SERVICE = "The mail server"
_log = logging.getLogger("tracklift.mail")


class SmtpMailer(Mailer):
    """Hands each mail to a mail server on a connection of its own.

    An answer of the 500s about the mail, its sender or its recipient refuses it for good (RFC 5321, section 4.2.1);
    one of the 400s, a lost connection or a refused log-in means that it may be handed over later. When the connection
    is lost between the mail and the answer, it is unknown whether the server took it: it is sent again with the same
    Message-ID.
    """

    def __init__(
        self, server: SmtpServer, clock: Clock, *, sender: str, trusted: ssl.SSLContext | None = None
    ) -> None:
        """Take `sender` as name@example.org or as Name <name@example.org>, else raise `ValueError`.

        `trusted` says whose certificates are believed; `None`: those that the machine believes.
        """
        self._server = server
        self._clock = clock
        self._sender = read_sender(sender)
        self._trusted = trusted

    @override
    async def send(self, mail: Mail) -> None:
        message = write_message(mail, sender=self._sender, date=self._clock.now())
        try:
            async with self._connection() as connection:
                if self._server.username is not None:
                    await connection.login(self._server.username, self._server.password or "")
                await connection.sendmail(
                    self._sender.addr_spec,
                    [mail.recipient.value],
                    message,
                    mail_options=[] if mail.recipient.value.isascii() else ["SMTPUTF8"],
                )
        except SMTPException as error:
            raise _translated(error) from error
        except OSError as error:
            raise ServiceUnavailableError(_SERVICE, error.strerror or str(error)) from error
        _log.info("Mail to %s: %s", mail.recipient, mail.subject)

    def _connection(self) -> SMTP:
        server = self._server
        return SMTP(
            hostname=server.host,
            port=server.port,
            timeout=server.timeout.total_seconds(),
            use_tls=server.security is SmtpSecurity.TLS,
            start_tls=server.security is SmtpSecurity.STARTTLS,
            tls_context=self._trusted,
        )


def _translated(error: SMTPException) -> MailRefusedError | ServiceUnavailableError:
    if isinstance(error, SMTPRecipientsRefused):
        # There is one recipient.
        return _translated(error.recipients[0])
    if isinstance(error, SMTPResponseException):
        reason = f"{error.code} {error.message}"
        of_the_mail = isinstance(
            error, aiosmtplib.SMTPSenderRefused | aiosmtplib.SMTPRecipientRefused | aiosmtplib.SMTPDataError
        )
        if of_the_mail and error.code >= 500:
            return MailRefusedError(reason)
        return ServiceUnavailableError(_SERVICE, reason)
    if isinstance(error, aiosmtplib.SMTPNotSupported):
        return MailRefusedError(f"the mail server can't take it: {error}")
    return ServiceUnavailableError(_SERVICE, str(error))
