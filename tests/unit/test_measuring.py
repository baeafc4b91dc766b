"""Of tests that differ in their parameters alone, one is chosen whose coverage is measured."""

import json
import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from tests.measuring import first_cases, not_measured
from tests.places import TESTS


def test_one_case_of_each_test_is_chosen() -> None:
    ids = ["a.py::test_it[2]", "a.py::test_it[1]", "a.py::test_other", "a.py::TestIt::test_it[1]"]

    assert first_cases(ids) == ["a.py::test_it[1]", "a.py::test_other", "a.py::TestIt::test_it[1]"]


def test_the_choice_depends_on_no_order() -> None:
    ids = [f"a.py::test_it[{case}]" for case in ("one", "two-[three]", "four")]

    assert first_cases(ids) == first_cases(reversed(ids)) == ["a.py::test_it[four]"]


def test_no_tracer_sees_this_thread_or_those_that_it_starts_until_it_is_over() -> None:
    before = sys.gettrace(), threading.gettrace()
    seen: list[object] = []

    with not_measured():
        thread = threading.Thread(target=lambda: seen.append(sys.gettrace()))
        thread.start()
        thread.join()
        seen.append(sys.gettrace())

    assert seen == [None, None]
    assert (sys.gettrace(), threading.gettrace()) == before


@pytest.mark.thorough
def test_a_thorough_run_keeps_what_each_of_its_processes_covered(tmp_path: Path) -> None:
    """They trace what they run and what they start, and none overwrites what another one has written."""
    of_this_run = ("PYTEST_", "COV")
    environment = {name: value for name, value in os.environ.items() if not name.startswith(of_this_run)}
    environment["COVERAGE_FILE"] = str(tmp_path / "coverage")
    root = TESTS.parent
    tests = "tests/unit/media/test_byte_ranges.py"

    subprocess.run(
        [root / "build-support" / "run-tests", "--thorough", "--numprocesses=2", "-p", "no:cacheprovider", tests],
        cwd=root, env=environment, check=True, capture_output=True,
    )  # fmt: skip
    report = tmp_path / "report.json"
    subprocess.run(
        [sys.executable, "-m", "coverage", "json", "-o", report, "--fail-under=0"],
        cwd=root, env=environment, check=True, capture_output=True,
    )  # fmt: skip

    files = json.loads(report.read_text())["files"]
    assert files["packages/domain/tracklift_domain/media/byte_ranges.py"]["summary"]["percent_covered"] == 100
