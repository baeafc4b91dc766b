import asyncio
import ssl
from collections.abc import Awaitable, Callable
from typing import Any

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session
from typing_extensions import override

from tests.servers.smtp_behaviour import Answer, Behaviour, Delay, Drop, Hold, Step

Arrive = Callable[[Step], Behaviour | None]
"""Told of each step that a client reaches; gives what is to happen there."""


class Handler:
    """What aiosmtpd asks when a whole mail has come in."""

    def __init__(self, take: Callable[[Session, Envelope], None]) -> None:
        self._take = take

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        """Take a mail in, unless the plan is to refuse it."""
        assert isinstance(server, Conversation)
        match server.planned(Step.END):
            case Answer(reply):
                return reply
            case Drop():
                self._take(session, envelope)
                server.drop()
                return "250 OK"  # to nobody
            case behaviour:
                await server.wait(behaviour)
        self._take(session, envelope)
        return "250 OK"


class Conversation(SMTP):
    """One connection: aiosmtpd's, with a look at the plan before each step."""

    def __init__(
        self,
        handler: Handler,
        *,
        arrive: Arrive,
        hold: Callable[[], Awaitable[None]],
        credentials: dict[str, str],
        starttls: ssl.SSLContext | None,
    ) -> None:
        super().__init__(
            handler,
            hostname="localhost",
            ident="mail sink",
            enable_SMTPUTF8=True,
            tls_context=starttls,
            require_starttls=starttls is not None,
            auth_require_tls=starttls is not None,
            authenticator=self._log_in,
            auth_exclude_mechanism=() if credentials else ("LOGIN", "PLAIN"),
            loop=asyncio.get_running_loop(),
        )
        # Not as an argument: aiosmtpd warns, because it can't see TLS that began with the connection.
        self._auth_required = bool(credentials)
        self._arrive = arrive
        self._hold = hold
        self._credentials = credentials

    def planned(self, step: Step) -> Behaviour | None:
        """Say that the client is here, and give what is to happen."""
        return self._arrive(step)

    async def wait(self, behaviour: Behaviour | None) -> None:
        """Wait as a `Hold` or a `Delay` asks."""
        match behaviour:
            case Hold():
                await self._hold()
            case Delay(seconds):
                await asyncio.sleep(seconds)
            case _:
                pass

    def drop(self) -> None:
        """Cut the connection."""
        transport = self._original_transport or self.transport
        if isinstance(transport, asyncio.Transport):
            transport.abort()

    def _log_in(
        self, server: SMTP, session: Session, envelope: Envelope, mechanism: str, login: Any
    ) -> AuthResult:
        assert isinstance(login, LoginPassword)
        known = self._credentials.get(login.login.decode())
        if known is None or known != login.password.decode():
            return AuthResult(success=False, handled=False)
        return AuthResult(success=True, auth_data=login)

    async def _carried_out(self, step: Step) -> bool:
        """Do what is planned; give whether the step is over with that."""
        behaviour = self.planned(step)
        match behaviour:
            case Answer(reply):
                await self.push(reply)
                if reply.startswith("421") and self.transport is not None:
                    self.transport.close()
                return True
            case Drop():
                self.drop()
                return True
            case _:
                await self.wait(behaviour)
                return False

    @override
    async def _handle_client(self) -> None:
        if not await self._carried_out(Step.CONNECT):
            await super()._handle_client()
        elif self.transport is not None:
            self.transport.close()

    @override
    async def smtp_EHLO(self, hostname: str) -> None:
        if not await self._carried_out(Step.EHLO):
            await super().smtp_EHLO(hostname)

    @override
    async def smtp_AUTH(self, arg: str) -> None:
        if not await self._carried_out(Step.AUTH):
            await super().smtp_AUTH(arg)

    @override
    async def smtp_MAIL(self, arg: str | None) -> None:
        if not await self._carried_out(Step.MAIL):
            await super().smtp_MAIL(arg)

    @override
    async def smtp_RCPT(self, arg: str | None) -> None:
        if not await self._carried_out(Step.RCPT):
            await super().smtp_RCPT(arg)

    @override
    async def smtp_DATA(self, arg: str) -> None:
        if await self._carried_out(Step.DATA):
            return
        if isinstance(self.planned(Step.BODY), Drop):
            await self.push("354 End data with <CR><LF>.<CR><LF>")
            await self._reader.readline()
            self.drop()
        else:
            await super().smtp_DATA(arg)
