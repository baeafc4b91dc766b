"""Runs the converter as a service, or one of its commands: `python -m tracklift_converter` (see `--help`)."""

import argparse
import asyncio
import os
import sys

from tracklift_adapters.environment.settings import SettingsError, read_settings
from tracklift_adapters.environment.unknown_variables import warn_of_unknown_variables
from tracklift_adapters.http.server.listeners import AddressInUseError
from tracklift_adapters.process.logs import log_to_standard_error
from tracklift_converter.dead_letters import list_dead_letters, redrive_dead_letter
from tracklift_converter.serve import serve
from tracklift_converter.settings import ConverterSettings
from tracklift_domain.errors import DomainError
from tracklift_domain.messaging.queues import QUEUES
from tracklift_runtime.describe_dead_letter import describe_dead_letter

_QUEUE = f"whose dead letters: one of {', '.join(QUEUES)}"


def main() -> int:
    """Run the given command. Exit codes: 0 success, 1 failure, 2 a setting is not valid."""
    arguments = _arguments()
    try:
        settings = read_settings(ConverterSettings, os.environ)
    except SettingsError as error:
        sys.stderr.write(f"tracklift_converter: {error}\n")
        return 2
    try:
        match arguments.command:
            case "list-dead-letters":
                return _list(settings, arguments.queue, limit=arguments.limit)
            case "redrive-dead-letter":
                return _redrive(settings, arguments.queue, arguments.id)
            case _:
                return _serve(settings)
    except (AddressInUseError, DomainError) as error:
        sys.stderr.write(f"tracklift_converter: {error}\n")
        return 1


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="tracklift_converter", description="Makes the MP3s.")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", title="commands")
    commands.add_parser("serve", help="convert until told to stop (default)")
    listing = commands.add_parser("list-dead-letters", help="show events that could not be handled, and why")
    listing.add_argument("queue", help=_QUEUE)
    listing.add_argument("--limit", type=_number, default=100, help="how many at the most (default: 100)")
    redriving = commands.add_parser(
        "redrive-dead-letter",
        help="put one back into its queue, once its cause is fixed; a conversion that has failed gets new attempts",
    )
    redriving.add_argument("queue", help=_QUEUE)
    redriving.add_argument("id", help="as the list shows it")
    return parser.parse_args()


def _number(text: str) -> int:
    if not text.isdecimal() or int(text) == 0:
        raise argparse.ArgumentTypeError("it is a number from 1 on")
    return int(text)


def _serve(settings: ConverterSettings) -> int:
    log_to_standard_error(level=settings.log_level, form=settings.log_format)
    warn_of_unknown_variables(os.environ)
    return 0 if asyncio.run(serve(settings)) else 1


def _list(settings: ConverterSettings, queue: str, *, limit: int) -> int:
    log_to_standard_error(level="ERROR", form="text")
    letters = asyncio.run(list_dead_letters(settings, queue, limit=limit))
    for letter in letters:
        sys.stdout.write(describe_dead_letter(letter) + "\n")
    if not letters:
        sys.stderr.write(f"There are no dead letters of {queue}.\n")
    return 0


def _redrive(settings: ConverterSettings, queue: str, letter_id: str) -> int:
    log_to_standard_error(level="ERROR", form="text")
    asyncio.run(redrive_dead_letter(settings, queue, letter_id))
    sys.stdout.write(f"Dead letter {letter_id} is back in queue {queue}.\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
