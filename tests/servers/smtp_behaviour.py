"""What a mail server does at a step of a conversation, when a test wants more than success."""

import enum
from dataclasses import dataclass, field


class Step(enum.Enum):
    """A point of an SMTP conversation (RFC 5321) at which the server can behave badly."""

    CONNECT = "before the greeting"
    EHLO = "at EHLO"
    AUTH = "at AUTH"
    MAIL = "at MAIL FROM"
    RCPT = "at RCPT TO"
    DATA = "at DATA, before the body"
    BODY = "after the first line of the body"
    """Here a server can only `Drop`."""
    END = "after the whole mail, before the reply to it"


@dataclass(frozen=True, slots=True)
class Answer:
    """Reply so instead of doing what was asked. 421 also ends the connection, as the standard wants."""

    reply: str
    """Code and text, such as `452 4.3.1 Out of space`."""


@dataclass(frozen=True, slots=True)
class Drop:
    """Cut the connection without a word. At `Step.END` the mail has been taken, and the client can't know."""


@dataclass(frozen=True, slots=True)
class Hold:
    """Say nothing until the sink is told to `release`; then go on as if nothing had been."""


@dataclass(frozen=True, slots=True)
class Delay:
    """Go on after some seconds."""

    seconds: float


Behaviour = Answer | Drop | Hold | Delay


@dataclass(slots=True)
class Plan:
    """What happens at a step, and how often still."""

    behaviour: Behaviour
    times: int | None = field(default=None)
    """None: always."""
