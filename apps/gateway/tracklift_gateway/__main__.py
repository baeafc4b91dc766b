"""Runs the gateway as a service, or one of its commands: `python -m tracklift_gateway` (see `--help`)."""

import argparse
import asyncio
import os
import sys
from collections.abc import Coroutine
from typing import Any

from tracklift_adapters.environment.settings import SettingsError, read_settings
from tracklift_adapters.environment.unknown_variables import warn_of_unknown_variables
from tracklift_adapters.http.server.listeners import AddressInUseError
from tracklift_adapters.process.logs import log_to_standard_error
from tracklift_domain.errors import DomainError
from tracklift_gateway.commands import announce_outcomes, delete_conversions_of, list_owners
from tracklift_gateway.serve import serve
from tracklift_gateway.settings import GatewaySettings


def main() -> int:
    """Run the given command. Exit codes: 0 success, 1 failure, 2 a setting is not valid."""
    arguments = _arguments()
    try:
        settings = read_settings(GatewaySettings, os.environ)
    except SettingsError as error:
        sys.stderr.write(f"tracklift_gateway: {error}\n")
        return 2
    try:
        match arguments.command:
            case "list-owners":
                return _run(list_owners(settings))
            case "delete-conversions-of":
                return _run(delete_conversions_of(settings, arguments.users))
            case "announce-outcomes":
                return _run(announce_outcomes(settings, days=arguments.days))
            case _:
                log_to_standard_error(level=settings.log_level, form=settings.log_format)
                warn_of_unknown_variables(os.environ)
                return 0 if asyncio.run(serve(settings)) else 1
    except (AddressInUseError, DomainError) as error:
        sys.stderr.write(f"tracklift_gateway: {error}\n")
        return 1


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="tracklift_gateway", description="Takes in videos, gives out MP3s.")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", title="commands")
    commands.add_parser("serve", help="answer until told to stop (default)")
    commands.add_parser("list-owners", help="write the ids of all users who have a conversion")
    deleting = commands.add_parser(
        "delete-conversions-of", help="delete all conversions of users whom auth does not know any more"
    )
    deleting.add_argument("users", nargs="+", metavar="USER", help="an id, as list-owners writes it")
    announcing = commands.add_parser(
        "announce-outcomes",
        help="announce again what ended, after the loss of RabbitMQ; what was mailed is not mailed again",
    )
    announcing.add_argument("--days", type=_days, default=7, help="how far back, 1 to 30 (default: 7)")
    return parser.parse_args()


def _days(text: str) -> int:
    # Notification remembers sent mails for 30 days.
    if not text.isdecimal() or not 1 <= int(text) <= 30:
        raise argparse.ArgumentTypeError("it is a number from 1 to 30")
    return int(text)


def _run(command: Coroutine[Any, Any, None]) -> int:
    log_to_standard_error(level="ERROR", form="text")
    asyncio.run(command)
    return 0


if __name__ == "__main__":
    sys.exit(main())
