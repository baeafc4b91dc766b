"""The list of queues is that of the services' subscriptions, and help texts show all of it."""

import contextlib
import io
import sys

import pytest
from typer.testing import CliRunner

from tracklift_converter.__main__ import main as converter
from tracklift_converter.subscription import converter_subscription
from tracklift_domain.messaging.delivery import Subscription
from tracklift_domain.messaging.queues import QUEUES
from tracklift_gateway import subscription as of_gateway
from tracklift_notification import subscription as of_notification
from tracklift_standalone.command_line import add_commands
from tracklift_terminal.commands import make_cli


def test_the_list_holds_the_queue_of_every_subscription_once() -> None:
    declared = [
        value.queue
        for module in (of_gateway, of_notification)
        for value in vars(module).values()
        if isinstance(value, Subscription)
    ]

    assert sorted(QUEUES) == sorted([converter_subscription(1).queue, *declared])


@pytest.mark.parametrize("command", ["list-dead-letters", "redrive-dead-letter"])
def test_help_of_the_converter_names_every_queue(command: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "argv", ["tracklift_converter", command, "--help"])
    shown = io.StringIO()

    with contextlib.redirect_stdout(shown), pytest.raises(SystemExit) as ended:
        converter()

    assert ended.value.code == 0
    assert missing_from(shown.getvalue()) == []


@pytest.mark.parametrize("command", ["list", "redrive"])
def test_help_of_the_standalone_names_every_queue(command: str) -> None:
    tracklift = make_cli()
    add_commands(tracklift)
    done = CliRunner().invoke(tracklift, ["dead-letters", command, "--help"])

    assert done.exit_code == 0
    assert missing_from(done.output) == []


def missing_from(text: str) -> list[str]:
    """Give the queues that a help text does not name, in whatever lines and frames it stands."""
    words = text.replace(",", " ").replace(".", " ").split()
    return [queue for queue in QUEUES if queue not in words]
