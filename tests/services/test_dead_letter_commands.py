"""The operator lists what could not be handled, and has it handled again: as in a pod of the converter."""

import os
import subprocess
from uuid import uuid4

import pytest

from tests.end_to_end.waiting import PATIENCE, wait_for
from tests.preloaded.start import run_app
from tests.services.queues import REQUESTED
from tests.services.service_log import Listening
from tests.services.stage import Stage

pytestmark = pytest.mark.network


def run(stage: Stage, *arguments: str) -> "subprocess.CompletedProcess[str]":
    """Run a command of the converter beside the one that converts."""
    settings = {
        "TRACKLIFT_MONGODB_URL": stage.mongodb_url,
        "TRACKLIFT_RABBITMQ_URL": stage.rabbitmq_url,
    }
    return run_app("tracklift_converter", arguments, {**os.environ, **settings}, timeout=PATIENCE)


def dead_letter(stage: Stage) -> str:
    """Have an event of the converter dead-lettered, and give the id of the dead letter."""
    nonsense = uuid4().hex
    stage.queues.publish(REQUESTED, nonsense.encode())
    wait_for(lambda: count(stage, nonsense), "it is dead-lettered")
    listed = run(stage, "list-dead-letters", "converter").stdout.splitlines()
    ids = [line.split()[1] for line in listed if line.startswith("converter ")]
    return ids[-1]


def count(stage: Stage, nonsense: str) -> int:
    """Count the dead letters of the converter that hold this."""
    return len([letter for letter in stage.queues.dead("converter") if letter.body == nonsense.encode()])


def test_the_list_says_what_was_dead_lettered_and_why(stage: Stage) -> None:
    letter_id = dead_letter(stage)

    shown = run(stage, "list-dead-letters", "converter")

    assert shown.returncode == 0
    assert f"converter {letter_id}  " in shown.stdout
    assert "it is not valid JSON" in shown.stdout


def test_a_queue_without_dead_letters_is_told_of(stage: Stage) -> None:
    shown = run(stage, "list-dead-letters", "links")

    assert (shown.returncode, shown.stdout) == (0, "")
    assert "There are no dead letters of links." in shown.stderr


@pytest.mark.parametrize("limit", ["0", "-1", "many"])
def test_a_limit_that_is_not_a_number_from_1_on_is_refused(stage: Stage, limit: str) -> None:
    refused = run(stage, "list-dead-letters", "links", f"--limit={limit}")

    assert (refused.returncode, refused.stdout) == (2, "")
    assert "it is a number from 1 on" in refused.stderr


def test_a_dead_letter_that_is_put_back_is_handled_again(stage: Stage) -> None:
    """This one is as bad as before, so it is dead-lettered once more, which the log tells."""
    log = Listening(stage.services.converters[0])
    letter_id = dead_letter(stage)
    wait_for(lambda: len(log.trouble()) == 1, "it is told of")

    put_back = run(stage, "redrive-dead-letter", "converter", letter_id)

    assert (put_back.returncode, put_back.stdout) == (
        0,
        f"Dead letter {letter_id} is back in queue converter.\n",
    )
    wait_for(lambda: len(log.trouble()) == 2, "it is told of once more")


def test_a_dead_letter_that_is_not_there_is_told_of(stage: Stage) -> None:
    put_back = run(stage, "redrive-dead-letter", "converter", "nothing")

    assert put_back.returncode == 1
    assert "nothing" in put_back.stderr
    assert "Traceback" not in put_back.stderr
