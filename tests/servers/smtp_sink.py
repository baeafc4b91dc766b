import asyncio
import contextlib
import enum
import ssl
import threading
import weakref
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from email import message_from_bytes, policy
from email.message import EmailMessage
from types import TracebackType
from typing import Self

from aiosmtpd.smtp import Envelope, LoginPassword, Session

from tests.servers.certificate import Certificate
from tests.servers.ports import free_port
from tests.servers.smtp_behaviour import Behaviour, Drop, Plan, Step
from tests.servers.smtp_conversation import Conversation, Handler

_TIMEOUT = 30
"""Seconds that a test waits for something before it fails."""


class Security(enum.Enum):
    """How connections are protected."""

    NONE = "none"
    STARTTLS = "starttls"
    """A plain connection that must turn to TLS before anything else (port 587's way)."""
    TLS = "tls"
    """TLS from the first byte (port 465's way)."""


@dataclass(frozen=True)
class ReceivedMail:
    """A mail as it came in."""

    sender: str
    recipients: tuple[str, ...]
    content: bytes
    user: str | None
    """Who logged in."""
    encrypted: bool

    @property
    def message(self) -> EmailMessage:
        """The mail, parsed."""
        return message_from_bytes(self.content, policy=policy.default)


class SmtpSink:
    """A mail server that keeps what it is sent and sends nothing on; it behaves as badly as a test wants.

    It runs in a thread of its own. `stop` makes it refuse connections; `start` brings it back on the same port with the
    mails it had. All methods may be called from any thread and wait for what they say; in a coroutine call the
    waiting ones through `asyncio.to_thread`.
    """

    host = "127.0.0.1"

    def __init__(
        self,
        *,
        security: Security = Security.NONE,
        certificate: Certificate | None = None,
        credentials: Mapping[str, str] | None = None,
        on_mail: Callable[[ReceivedMail], None] | None = None,
    ) -> None:
        """`credentials` maps users to passwords and makes AUTH a must. `on_mail` is called in the sink's thread."""
        if (security is Security.NONE) != (certificate is None):
            raise ValueError("a certificate is for TLS and STARTTLS, which need one")
        self.port = free_port()
        self.certificate = certificate
        self._security = security
        self._credentials = dict(credentials or {})
        self._on_mail = on_mail
        self._changed = threading.Condition()
        self._mails: list[ReceivedMail] = []
        self._arrivals: Counter[Step] = Counter()
        self._plans: dict[Step, Plan] = {}
        self._thread: threading.Thread | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stopping = asyncio.Event()
        self._held: set[asyncio.Event] = set()
        self._holding = True
        self._conversations: weakref.WeakSet[Conversation] = weakref.WeakSet()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    @property
    def mails(self) -> list[ReceivedMail]:
        """What came in so far, in order."""
        with self._changed:
            return list(self._mails)

    def start(self) -> None:
        """Listen, if it does not yet."""
        if self._thread is not None:
            return
        listening = threading.Event()
        failures: list[BaseException] = []

        def run() -> None:
            try:
                asyncio.run(self._serve(listening))
            except BaseException as error:  # noqa: BLE001  raised by start()
                failures.append(error)
            finally:
                listening.set()

        self._thread = threading.Thread(target=run, name="mail sink", daemon=True)
        self._thread.start()
        listening.wait()
        if failures:
            self._thread = None
            raise failures[0]

    def stop(self) -> None:
        """Refuse connections and cut those that are open, if it listens."""
        if self._thread is None:
            return
        self._in_loop(self._stopping.set)
        self._thread.join()
        self._thread = None

    def behave(self, step: Step, behaviour: Behaviour, *, times: int | None = None) -> None:
        """Behave so at that step from now on, or the next `times` times."""
        if step is Step.BODY and not isinstance(behaviour, Drop):
            raise ValueError("in the middle of a body a server can do no more than drop the connection")
        with self._changed:
            self._plans[step] = Plan(behaviour, times)
            self._holding = True

    def behave_well(self) -> None:
        """Forget every plan and release who is held."""
        with self._changed:
            self._plans.clear()
        self.release()

    def release(self) -> None:
        """Let those go on who are held by `Hold`, and all who come there later until `behave` is called again."""
        with self._changed:
            self._holding = False
            held, self._held = self._held, set()
        for event in held:
            self._in_loop(event.set)

    def arrivals(self, step: Step) -> int:
        """How often a client has come to that step, whatever happened then."""
        with self._changed:
            return self._arrivals[step]

    def wait_for_arrival(self, step: Step, times: int = 1) -> None:
        """Wait until clients have come to that step so many times, counted from the beginning.

        Raises:
            TimeoutError: they have not within half a minute.
        """
        self._wait(lambda: self._arrivals[step] >= times, f"a client {step.value} ({times}×)")

    def wait_for_mails(self, count: int) -> list[ReceivedMail]:
        """Wait until that many mails have come in, and give them.

        Raises:
            TimeoutError: they have not within half a minute.
        """
        self._wait(lambda: len(self._mails) >= count, f"{count} mails")
        return self.mails

    def _wait(self, condition: Callable[[], bool], what: str) -> None:
        with self._changed:
            if not self._changed.wait_for(condition, _TIMEOUT):
                raise TimeoutError(f"waited {_TIMEOUT} s for {what}; mails so far: {len(self._mails)}")

    async def _serve(self, listening: threading.Event) -> None:
        loop = self._loop = asyncio.get_running_loop()
        self._stopping = asyncio.Event()
        context = None if self.certificate is None else self.certificate.server_context()
        server = await loop.create_server(
            lambda: self._converse(starttls=context if self._security is Security.STARTTLS else None),
            self.host,
            self.port,
            ssl=context if self._security is Security.TLS else None,
        )
        listening.set()
        await self._stopping.wait()
        server.close()
        for conversation in list(self._conversations):
            conversation.drop()
        await server.wait_closed()
        # Let the cut connections end before the loop does.
        others = asyncio.all_tasks() - {asyncio.current_task()}
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)

    def _converse(self, starttls: ssl.SSLContext | None) -> Conversation:
        conversation = Conversation(
            Handler(self._take),
            arrive=self._arrive,
            hold=self._hold,
            credentials=self._credentials,
            starttls=starttls,
        )
        self._conversations.add(conversation)
        return conversation

    def _arrive(self, step: Step) -> Behaviour | None:
        with self._changed:
            self._arrivals[step] += 1
            self._changed.notify_all()
            plan = self._plans.get(step)
            if plan is None or plan.times == 0:
                return None
            if plan.times is not None:
                plan.times -= 1
            return plan.behaviour

    async def _hold(self) -> None:
        event = asyncio.Event()
        with self._changed:
            if not self._holding:
                return
            self._held.add(event)
        await event.wait()

    def _take(self, session: Session, envelope: Envelope) -> None:
        login: object = session.auth_data
        mail = ReceivedMail(
            sender=envelope.mail_from or "",
            recipients=tuple(str(recipient) for recipient in envelope.rcpt_tos),
            content=bytes(envelope.original_content or b""),
            user=login.login.decode() if isinstance(login, LoginPassword) else None,
            encrypted=session.ssl is not None or self._security is Security.TLS,
        )
        with self._changed:
            self._mails.append(mail)
            self._changed.notify_all()
        if self._on_mail is not None:
            self._on_mail(mail)

    def _in_loop(self, call: Callable[[], None]) -> None:
        if self._loop is not None:
            with contextlib.suppress(RuntimeError):  # the loop has ended
                self._loop.call_soon_threadsafe(call)
