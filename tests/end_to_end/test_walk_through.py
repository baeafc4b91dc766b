"""The README's walk-through does what it says, word for word."""

import re
import subprocess
from pathlib import Path

import pytest

from tests.end_to_end.standalone_process import StandaloneProcess
from tests.end_to_end.waiting import wait_for
from tests.media.ffmpeg import decode

pytestmark = [pytest.mark.media, pytest.mark.network]

_REPOSITORY = Path(__file__).parents[2]


def _walk_through() -> str:
    readme = (_REPOSITORY / "README.md").read_text()
    found = re.search(r"<!-- walk-through:.*?-->\n```bash\n(.*?)```", readme, re.DOTALL)
    assert found is not None
    return found.group(1)


def test_the_walk_through_of_the_readme_ends_with_an_mp3_and_a_mail(
    tracklift: StandaloneProcess, tmp_path: Path
) -> None:
    """What a newcomer pastes into a shell works, and the mail says that the MP3 is ready."""
    (tmp_path / ".venv").symlink_to(_REPOSITORY / ".venv")
    script = tmp_path / "walk-through"
    script.write_text(_walk_through())
    done = subprocess.run(
        ["bash", "-euo", "pipefail", str(script)],
        cwd=tmp_path,
        env={"PATH": "/usr/local/bin:/usr/bin:/bin", "TRACKLIFT": tracklift.address},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "event: progress" in done.stdout or "event: state" in done.stdout
    assert '"state":"completed"' in done.stdout
    assert decode(tmp_path / "talk.mp3").seconds == pytest.approx(30.0, abs=0.05)
    (mail,) = wait_for(tracklift.data.mails, "the mail comes")
    assert mail["To"] == "ada@example.org"
    assert "talk.mp3" in mail["Subject"]
