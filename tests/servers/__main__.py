"""The servers for work, or for tests that are about to run.

python -m tests.servers            starts all, prints the settings for them, stops them on Ctrl-C
python -m tests.servers prepare    fetches what is missing and says what tests will use
"""

import shlex
import signal
import sys
import threading

from tests.servers.choose import choose
from tests.servers.environment import environment
from tests.servers.errors import ServersUnavailableError
from tests.servers.smtp_sink import ReceivedMail, SmtpSink


def main(arguments: list[str]) -> int:
    """Do what the arguments say, and give the exit code."""
    try:
        match arguments:
            case []:
                _serve()
            case ["prepare"]:
                _say(f"integration servers: {choose().describe()}")
            case _:
                sys.stderr.write(str(__doc__))
                return 2
    except ServersUnavailableError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    except KeyboardInterrupt:
        return 130
    return 0


def _serve() -> None:
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    with choose().servers() as servers, SmtpSink(on_mail=_show) as sink:
        _say(f"Starting {servers.description} ...")
        servers.start()
        for server in (servers.mysql, servers.rabbitmq):
            server.endpoint.create("tracklift")
        _say("They run. For the services:\n")
        for name, value in environment(servers, smtp_host=sink.host, smtp_port=sink.port).items():
            _say(f"export {name}={shlex.quote(value)}")
        _say(f"\nRabbitMQ's pages: {servers.rabbitmq.endpoint.management_url}")
        _say("Mails are shown here. Ctrl-C stops all and removes their data.")
        stop.wait()
        _say("\nStopping ...")


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def _show(mail: ReceivedMail) -> None:
    _say(f"\n{mail.content.decode(errors='replace')}")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
