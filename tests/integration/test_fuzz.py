"""Damaged videos end in an MP3 or in a named failure."""

import subprocess
import sys

import pytest

from tests.selection import thorough

pytestmark = [pytest.mark.media, pytest.mark.kill, pytest.mark.slow]


def run_python(*arguments: str) -> subprocess.CompletedProcess[str]:
    # A process of its own, because it forks, which those of tests with their threads should not.
    return subprocess.run([sys.executable, *arguments], capture_output=True, text=True, check=False)


@pytest.mark.parametrize("cases", [20, *thorough([300])])
def test_damaged_videos_do_no_harm(cases: int) -> None:
    """The first of the thousands that `make fuzz` tries."""
    done = run_python("-m", "tests.fuzz", "--seed", "1", "--cases", str(cases))

    assert done.returncode == 0, done.stdout + done.stderr
    assert f"{cases} cases, 0 of them bad." in done.stdout
    for kind in ("made", "refused: corrupt_media"):
        assert kind in done.stdout


@pytest.mark.parametrize(
    ("harm", "hangs_after", "kind"),
    [("os.kill(os.getpid(), 11)", 60, "crashed"), ("signal.pause()", 1, "hung"), ("1 / 0", 60, "broken")],
)
def test_harm_is_noticed(harm: str, hangs_after: int, kind: str) -> None:
    """Otherwise the test above could not fail."""
    script = (
        "from tests.fuzz import cases\n"
        f"cases._convert = lambda *_: exec({harm!r}, vars(cases))\n"
        f"cases._HANGS_AFTER = {hangs_after}\n"
        "outcome = cases.run_case(1)\n"
        "print(outcome.kind, outcome.is_fine)"
    )

    assert run_python("-c", script).stdout == f"{kind} False\n"
