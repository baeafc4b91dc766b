"""Write or check requirements/lock.txt: the pins of everything that pyproject.toml asks for.

`lock.py write <path of uv>` resolves anew; `lock.py check` compares a digest of the requirements with the
one that the lock was made from, so that the check is instant and needs no network. `lock.py index
<pylock.toml> <folder>` makes a package index that holds the files of the pins alone.
"""

import hashlib
import json
import subprocess
import sys
import tomllib
from html import escape
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LOCK = ROOT / "requirements" / "lock.txt"
DIGEST_PREFIX = "# requirements-digest: sha256:"
HEADER = """\
# Every requirement of every app and of the tests, pinned, for Python 3.11 to 3.13.
# Made by `make lock` from pyproject.toml; do not edit.
"""


def requirements_digest() -> str:
    """Digest of the parts of pyproject.toml that decide what the lock holds."""
    document = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    project = document["project"]
    inputs = [project["requires-python"], project["dependencies"], project["optional-dependencies"]]
    return hashlib.sha256(json.dumps(inputs, sort_keys=True).encode()).hexdigest()


def write(uv: str, *options: str) -> None:
    """Resolve with uv; pins that still fit stay, unless options hold --upgrade."""
    command = [uv, "pip", "compile", "--no-config", "--quiet", "--universal", "--python-version", "3.11"]
    command += ["--all-extras", "--generate-hashes", "--no-emit-index-url", "--no-emit-find-links"]
    command += [
        "--no-header",
        "--no-strip-extras",
        "--output-file",
        "requirements/lock.txt",
        *options,
        "pyproject.toml",
    ]
    LOCK.parent.mkdir(exist_ok=True)
    subprocess.run(command, check=True, cwd=ROOT, stdout=subprocess.DEVNULL)
    pins = LOCK.read_text(encoding="utf-8")
    LOCK.write_text(f"{HEADER}{DIGEST_PREFIX}{requirements_digest()}\n{pins}", encoding="utf-8")


def check() -> None:
    """Exit with a message when the lock was made from other requirements than today's."""
    lines = LOCK.read_text(encoding="utf-8").splitlines() if LOCK.exists() else []
    if f"{DIGEST_PREFIX}{requirements_digest()}" not in lines:
        sys.exit("requirements/lock.txt does not match pyproject.toml: run `make lock`, commit the result.")


def write_index(pylock: Path, index: Path) -> None:
    """Make a package index (PEP 503) of the files of the pins alone, from a lock in the form of PEP 751."""
    for package in tomllib.loads(pylock.read_text(encoding="utf-8"))["packages"]:
        source = [package["sdist"]] if "sdist" in package else []
        lines = ["<!DOCTYPE html>"]
        for file in [*source, *package.get("wheels", [])]:
            url = escape(f"{file['url']}#sha256={file['hashes']['sha256']}")
            lines.append(f'<a href="{url}">{escape(file["url"].rpartition("/")[2])}</a>')
        page = index / package["name"] / "index.html"
        page.parent.mkdir(parents=True, exist_ok=True)
        # A package may be pinned twice, for different Pythons.
        with page.open("a", encoding="utf-8") as pages:
            pages.write("\n".join(lines) + "\n")


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["write", uv, *options]:
            write(uv, *options)
        case ["check"]:
            check()
        case ["index", pylock, folder]:
            write_index(Path(pylock), Path(folder))
        case _:
            sys.exit("usage: lock.py write <path of uv> [--upgrade] | check | index <pylock.toml> <folder>")
