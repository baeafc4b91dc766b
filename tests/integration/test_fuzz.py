"""Damaged videos end in an MP3 or in a named failure."""

import subprocess
import sys
from functools import cache

import pytest

from tests.selection import thorough

pytestmark = [pytest.mark.media, pytest.mark.kill, pytest.mark.slow]


def run_python(*arguments: str) -> subprocess.CompletedProcess[str]:
    # A process of its own, because it forks, which those of tests with their threads should not.
    return subprocess.run([sys.executable, *arguments], capture_output=True, text=True, check=False)


@pytest.mark.parametrize("cases", [12, *thorough([300])])
def test_damaged_videos_do_no_harm(cases: int) -> None:
    """The first of the thousands that `make fuzz` tries."""
    done = run_python("-m", "tests.fuzz", "--seed", "1", "--cases", str(cases))

    assert done.returncode == 0, done.stdout + done.stderr
    assert f"{cases} cases, 0 of them bad." in done.stdout
    for kind in ("made", "refused: corrupt_media"):
        assert kind in done.stdout


HARMS = {
    "crashed": ("os.kill(os.getpid(), 11)", 60),
    "hung": ("signal.pause()", 1),
    "broken": ("1 / 0", 60),
}
"""What is done to a case, and after how many seconds it hangs."""


@cache
def outcomes() -> list[str]:
    """Do all of it in one process, which takes long to import what it needs."""
    lines = ["from tests.fuzz import cases"]
    for harm, hangs_after in HARMS.values():
        lines += [
            f"cases._convert = lambda *_: exec({harm!r}, vars(cases))",
            f"cases._HANGS_AFTER = {hangs_after}",
            "outcome = cases.run_case(1)",
            "print(outcome.kind, outcome.is_fine)",
        ]
    return run_python("-c", "\n".join(lines)).stdout.splitlines()


@pytest.mark.parametrize("kind", HARMS)
def test_harm_is_noticed(kind: str) -> None:
    """Otherwise the test above could not fail."""
    assert outcomes()[[*HARMS].index(kind)] == f"{kind} False"
