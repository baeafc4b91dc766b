"""The README's walk-through as a newcomer does it."""

import re
import subprocess
from pathlib import Path

_REPOSITORY = Path(__file__).parents[2]


def walk_through_the_readme(address: str, folder: Path) -> str:
    """Run the README's block word for word in a folder, against Tracklift at an address, and give what it prints."""
    (folder / ".venv").symlink_to(_REPOSITORY / ".venv")
    script = folder / "walk-through"
    script.write_text(_block())
    done = subprocess.run(
        ["bash", "-euo", "pipefail", str(script)],
        cwd=folder,
        env={"PATH": "/usr/local/bin:/usr/bin:/bin", "TRACKLIFT": address},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "event: state" in done.stdout
    assert '"state":"completed"' in done.stdout
    return done.stdout


def _block() -> str:
    readme = (_REPOSITORY / "README.md").read_text()
    found = re.search(r"<!-- walk-through:.*?-->\n```bash\n(.*?)```", readme, re.DOTALL)
    assert found is not None
    return found.group(1)
