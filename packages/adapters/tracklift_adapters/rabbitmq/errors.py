"""What pika reports, in the domain's words."""

from collections.abc import Iterator
from contextlib import contextmanager

from pika.adapters.utils.connection_workflow import AMQPConnectionWorkflowFailed, AMQPConnectorPhaseErrorBase
from pika.exceptions import AMQPError, ChannelClosed, ConnectionClosed

from tracklift_domain.errors import ServiceUnavailableError

SERVICE = "RabbitMQ"


class NotConnectedError(ServiceUnavailableError):
    """There is no connection now. Its keeper has said so in the log."""

    def __init__(self, reason: str) -> None:
        super().__init__(SERVICE, reason)


class ChannelClosedError(ServiceUnavailableError):
    """The broker refused something and closed the channel over it; the reply codes are those of AMQP 0-9-1."""

    def __init__(self, reply_code: int, reply_text: str) -> None:
        super().__init__(SERVICE, reply_text)
        self.reply_code = reply_code


class UnroutableMessageError(ServiceUnavailableError):
    """No queue takes a message."""

    def __init__(self, exchange: str, routing_key: str) -> None:
        super().__init__(SERVICE, f"exchange {exchange!r} has no queue for {routing_key!r}")


def translate(error: BaseException) -> ServiceUnavailableError:
    """Put an error of a connection or channel into the domain's words."""
    if isinstance(error, ChannelClosed):
        return ChannelClosedError(error.reply_code, error.reply_text)
    return NotConnectedError(describe(error))


def describe(error: BaseException) -> str:
    """Tell the innermost cause of an error in one line."""
    while True:
        match error:
            case AMQPConnectionWorkflowFailed(exceptions=(*_, cause)):
                error = cause
            case AMQPConnectorPhaseErrorBase(exception=cause):
                error = cause
            case AMQPError(args=(BaseException() as cause, *_)):
                error = cause
            case ConnectionClosed():
                return error.reply_text
            case _:
                return " ".join(str(error).split()) or type(error).__name__


@contextmanager
def driver_errors_translated() -> Iterator[None]:
    """Raise what pika refuses at once, such as the use of a closed channel, in the domain's words."""
    try:
        yield
    except AMQPError as error:
        raise translate(error) from error
