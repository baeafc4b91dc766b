"""Runs auth as a service: `python -m tracklift_auth`, or one of its commands: see `--help`."""

import argparse
import asyncio
import os
import sys
from collections.abc import Callable, Coroutine, Mapping
from typing import Any

from tracklift_adapters.environment.settings import SettingsError, read_settings
from tracklift_adapters.environment.unknown_variables import warn_of_unknown_variables
from tracklift_adapters.http.listeners import AddressInUseError
from tracklift_adapters.process.logs import log_to_standard_error
from tracklift_auth.commands import create_signing_key, migrate_tables, migrate_tables_back
from tracklift_auth.serve import serve
from tracklift_auth.settings import AuthSettings
from tracklift_domain.errors import ServiceUnavailableError

_COMMANDS: Mapping[str, Callable[[Mapping[str, str]], Coroutine[Any, Any, None]]] = {
    "migrate": migrate_tables,
    "migrate-back": migrate_tables_back,
    "create-signing-key": create_signing_key,
}


def main() -> int:
    """Do what the arguments say. Exit codes: 0 all went well, 1 something failed, 2 a setting is wrong."""
    parser = argparse.ArgumentParser(prog="tracklift_auth", description="Users, passwords and tokens.")
    parser.add_argument(
        "command",
        nargs="?",
        choices=["serve", *_COMMANDS],
        default="serve",
        help="serve (default); migrate: bring MySQL's tables to the newest version; migrate-back:"
        " bring them back to those of the version before; create-signing-key: make the key"
        " that signs access tokens, unless there is one",
    )
    command = parser.parse_args().command
    try:
        return _serve() if command == "serve" else _run(command)
    except SettingsError as error:
        sys.stderr.write(f"tracklift_auth: {error}\n")
        return 2
    except AddressInUseError as error:
        sys.stderr.write(f"tracklift_auth: {error}\n")
        return 1


def _serve() -> int:
    settings = read_settings(AuthSettings, os.environ)
    log_to_standard_error(level=settings.log_level, form=settings.log_format)
    warn_of_unknown_variables(os.environ)
    return 0 if asyncio.run(serve(settings)) else 1


def _run(command: str) -> int:
    try:
        asyncio.run(_COMMANDS[command](os.environ))
    except ServiceUnavailableError as error:
        sys.stderr.write(f"tracklift_auth: {error}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
