"""The README's walk-through does what it says, word for word."""

import email
import email.policy
import re
import subprocess
from pathlib import Path

from tests.end_to_end.mp3 import duration_of
from tests.end_to_end.standalone_process import StandaloneProcess, mails, wait_for

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
    assert abs(duration_of(tmp_path / "talk.mp3") - 30.0) <= 0.05
    (mail,) = wait_for(lambda: mails(tracklift) or None)
    message = email.message_from_bytes(mail.read_bytes(), policy=email.policy.default)
    assert message["To"] == "ada@example.org"
    assert "talk.mp3" in message["Subject"]
