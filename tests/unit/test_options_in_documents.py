"""What the README says of options is what their declarations say."""

import re
from typing import cast

import click
import pytest
from typer.main import get_command

from tests.option_table import README, option_table, replace_table
from tracklift_domain.extraction.options import OPTIONS
from tracklift_gateway.option_fields import read_options
from tracklift_standalone.command_line import add_commands
from tracklift_terminal.commands import make_cli
from tracklift_terminal.option_parameters import flag

FIELDS = re.compile(r"`((?:[a-z_]+=[\w-]+ ?)+)`")
COMMAND = re.compile(r"tracklift convert .*")
FLAG = re.compile(r"(?<=\s)--[a-z-]+")


def test_the_table_of_options_is_made_from_their_declarations() -> None:
    """`make option-table` brings it up to date."""
    readme = README.read_text()

    assert readme == replace_table(readme, option_table())


def test_a_table_that_differs_would_be_found() -> None:
    readme = README.read_text()
    declared = f"| `{OPTIONS[0].name}` |"

    assert declared in readme
    changed = readme.replace(declared, "| `reverb` |")
    assert replace_table(changed, option_table()) == readme


@pytest.mark.parametrize("document", ["", "<!-- made by `make option-table` -->\n\n"])
def test_a_table_without_a_place_is_not_written(document: str) -> None:
    with pytest.raises(ValueError, match="option-table"):
        replace_table(document, option_table())


def test_every_recommended_combination_of_options_is_accepted() -> None:
    section = README.read_text().partition("\n### Options\n")[2].partition("\n### ")[0]
    recommended = FIELDS.findall(section)

    assert recommended
    for fields in recommended:
        read_options(tuple(field.split("=")) for field in fields.split())


def test_every_option_of_a_command_that_is_shown_exists() -> None:
    cli = make_cli()
    add_commands(cli)
    command = cast("click.Group", get_command(cli)).commands["convert"]
    known = {name for parameter in command.params for name in parameter.opts} | {"--help"}
    assert {flag(option.name) for option in OPTIONS} <= known
    shown = {name for command in COMMAND.findall(README.read_text()) for name in FLAG.findall(command)}

    assert shown
    assert shown <= known
