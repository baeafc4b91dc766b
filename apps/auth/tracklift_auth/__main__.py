"""Runs auth as a service, or one of its commands: `python -m tracklift_auth` (see `--help`)."""

import argparse
import asyncio
import os
import sys
from collections.abc import Callable, Coroutine, Mapping
from dataclasses import fields
from typing import Any

from tracklift_adapters.environment.settings import SettingsError, read_settings
from tracklift_adapters.environment.unknown_variables import warn_of_unknown_variables
from tracklift_adapters.http.server.listeners import AddressInUseError
from tracklift_adapters.process.logs import log_to_standard_error
from tracklift_auth.commands import (
    create_signing_key,
    manage_users,
    migrate_tables,
    migrate_tables_back,
)
from tracklift_auth.serve import serve
from tracklift_auth.settings import AuthSettings
from tracklift_auth.user_commands import UserCommands
from tracklift_domain.errors import DomainError
from tracklift_domain.user.quota import UserQuota
from tracklift_domain.user.role import Role

_COMMANDS: Mapping[str, tuple[str, Callable[[Mapping[str, str]], Coroutine[Any, Any, None]]]] = {
    "migrate": ("bring MySQL's tables to the newest version", migrate_tables),
    "migrate-back": ("bring them back to those of the version before", migrate_tables_back),
    "create-signing-key": ("make the key that signs access tokens, unless there is one", create_signing_key),
}


def main() -> int:
    """Run the given command. Exit codes: 0 success, 1 failure, 2 a setting is not valid."""
    arguments = _parser().parse_args()
    try:
        if arguments.command in {None, "serve"}:
            return _serve()
        if arguments.command == "users":
            asyncio.run(manage_users(os.environ, lambda users: _manage(users, arguments)))
        else:
            asyncio.run(_COMMANDS[arguments.command][1](os.environ))
    except SettingsError as error:
        sys.stderr.write(f"tracklift_auth: {error}\n")
        return 2
    except (AddressInUseError, DomainError) as error:
        sys.stderr.write(f"tracklift_auth: {error}\n")
        return 1
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="tracklift_auth", description="Users, passwords and tokens.")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND")
    commands.add_parser("serve", help="serve; the default")
    for name, (told, _) in _COMMANDS.items():
        commands.add_parser(name, help=told)
    users = commands.add_parser("users", help="list, make, change and delete users")
    actions = users.add_subparsers(dest="action", metavar="ACTION", required=True)
    listing = actions.add_parser("list", help="list users: address, role, state, id, own limits")
    listing.add_argument("search", nargs="?", default="", help="a part of the address")
    create = actions.add_parser("create", help="make a user, who is mailed a link that sets a password")
    create.add_argument("email")
    create.add_argument("--role", type=Role, choices=list(Role), default=Role.USER)
    create.add_argument(
        "--password-stdin", action="store_true", help="read a password from the standard input instead"
    )
    role = actions.add_parser("set-role", help="give a user another role")
    role.add_argument("email")
    role.add_argument("role", type=Role, choices=list(Role))
    quota = actions.add_parser(
        "set-quota", help="give a user limits of their own; those that are left out are the settings' again"
    )
    quota.add_argument("email")
    for field in fields(UserQuota):
        quota.add_argument(f"--{field.name.replace('_', '-')}", type=int, metavar="N")
    for name, told in (
        ("disable", "keep a user out"),
        ("enable", "let a user in again"),
        ("delete", "delete a user with all that belongs to the account"),
        ("reset-password", "mail a user the link that sets a new password"),
        ("remove-second-factor", "let a user log in with the password alone again"),
    ):
        actions.add_parser(name, help=told).add_argument("email")
    return parser


async def _manage(users: UserCommands, arguments: argparse.Namespace) -> None:
    match arguments.action:
        case "list":
            lines = await users.list(arguments.search)
        case "create":
            password = sys.stdin.readline().rstrip("\r\n") if arguments.password_stdin else None
            lines = [await users.create(arguments.email, arguments.role, password)]
        case "set-role":
            lines = [await users.set_role(arguments.email, arguments.role)]
        case "set-quota":
            own = {field.name: getattr(arguments, field.name) for field in fields(UserQuota)}
            lines = [await users.set_quota(arguments.email, UserQuota(**own))]
        case action:
            lines = [await getattr(users, action.replace("-", "_"))(arguments.email)]
    sys.stdout.writelines(f"{line}\n" for line in lines)


def _serve() -> int:
    settings = read_settings(AuthSettings, os.environ)
    log_to_standard_error(level=settings.log_level, form=settings.log_format)
    warn_of_unknown_variables(os.environ)
    return 0 if asyncio.run(serve(settings)) else 1


if __name__ == "__main__":
    sys.exit(main())
