"""All services on local servers, for work: `python -m tests.services`. Ctrl-C stops all and removes their data."""

import shlex
import signal
import sys
import tempfile
import threading
from pathlib import Path

from tests.servers.choose import choose
from tests.servers.environment import environment
from tests.servers.errors import ServersUnavailableError
from tests.servers.smtp_sink import ReceivedMail, SmtpSink
from tests.services.service_process import ServiceProcess
from tests.services.system import running_services


def main() -> int:
    """Run until told to stop, and give the exit code."""
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    try:
        with (
            tempfile.TemporaryDirectory(prefix="tracklift-services-") as folder,
            choose().servers() as servers,
            SmtpSink(on_mail=_show) as sink,
        ):
            _say(f"Starting {servers.description} ...")
            servers.start()
            for server in (servers.mysql, servers.rabbitmq):
                server.endpoint.create("tracklift")
            _say("Starting gateway, auth, converter and notification ...")
            settings = environment(servers, smtp_host=sink.host, smtp_port=sink.port)
            with running_services(Path(folder), settings) as services:
                _say(f"Tracklift is ready at {services.address}  (documentation: {services.address}/docs)")
                users = _users_command(services.auth, Path(folder))
                _say(f"The first admin, in another terminal: {users} create ADDRESS --role admin")
                _say(f"Logs are in {folder}, mails are shown here. Stop with Ctrl-C.")
                stop.wait()
    except ServersUnavailableError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return 0


def _users_command(auth: ServiceProcess, folder: Path) -> Path:
    """Write a command that does with users what the operator asks for, with the settings of auth."""
    command = folder / "users"
    command.touch(mode=0o700)  # It holds passwords of the servers.
    settings = [f"export {name}={shlex.quote(value)}" for name, value in auth.settings.items()]
    run = f'exec {shlex.quote(sys.executable)} -m tracklift_auth users "$@"'
    command.write_text("\n".join(["#!/bin/sh", *settings, run, ""]))
    return command


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def _show(mail: ReceivedMail) -> None:
    _say(f"\n{mail.content.decode(errors='replace')}")


if __name__ == "__main__":
    sys.exit(main())
