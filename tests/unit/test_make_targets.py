"""Each target that `make` lists works alone, as the first one on a machine, or says in its line what it needs."""

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.unit.source_modules import ROOT

MAKEFILE = ROOT / "Makefile"
LISTED = re.compile(r"^([a-z-]+):[^#\n]*## (.+)$", re.MULTILINE)
NEEDS = re.compile(r"\(needs a Docker engine|as test-compose|\(root\)|last `make test`")
"""What a line of the list says of a target that needs more than Python, make and a package index."""


def lines_of(target: str) -> list[str]:
    """Give the commands that make would run for a target on a new machine, in their order."""
    done = subprocess.run(
        ["make", "--dry-run", "--always-make", target],
        cwd=ROOT,
        # Not those of the `make` that runs the tests.
        env={name: value for name, value in os.environ.items() if not name.startswith("MAKE")},
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout.splitlines()


def position(lines: list[str], command: str) -> int:
    """Tell where a command is run."""
    return next(number for number, line in enumerate(lines) if line.strip().startswith(command))


def test_the_help_lists_every_target() -> None:
    targets = set(re.findall(r"^\.PHONY: ([a-z-]+)$", MAKEFILE.read_text(), re.MULTILINE))

    assert {name for name, _ in LISTED.findall(MAKEFILE.read_text())} == targets


def test_containers_are_tested_with_an_engine_that_was_started_before_anything_is_built() -> None:
    """The images were built first once, and a machine without an engine had nothing to build them with."""
    lines = lines_of("test-containers")

    assert position(lines, "build-support/docker-engine") < position(lines, "build-support/images")


@pytest.mark.parametrize("target", ["images", "up", "down"])
def test_a_target_that_needs_an_engine_asks_for_it_first_and_says_so(target: str) -> None:
    lines = lines_of(target)
    described = dict(LISTED.findall(MAKEFILE.read_text()))

    assert lines[0] == "build-support/docker-engine check"
    assert "needs a Docker engine" in described[target]


def test_every_target_that_uses_docker_says_what_it_needs() -> None:
    described = dict(LISTED.findall(MAKEFILE.read_text()))

    silent = [
        name
        for name, words in described.items()
        if any("docker" in line for line in lines_of(name)) and not NEEDS.search(words)
    ]
    assert silent == []


def test_a_machine_without_an_engine_is_told_so_in_one_line(tmp_path: Path) -> None:
    for program in ("bash", "dirname"):
        (tmp_path / program).symlink_to(shutil.which(program) or program)

    done = subprocess.run(
        ["build-support/docker-engine", "check"],
        cwd=ROOT,
        env={"PATH": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 1
    assert len(done.stderr.splitlines()) == 1
    assert "needs a Docker engine" in done.stderr
