"""What is in the images, and what is not."""

import json
import os
import subprocess
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from tests.containers.system import COMPOSE_FILE, SERVICES

_BILLS = Path(__file__).parents[2] / "dist" / "sbom"
_PEX_DATE = 315532800
"""1980-01-01, the earliest date that a ZIP archive can hold."""
_VERSION = os.environ.get("TRACKLIFT_VERSION", "dev")
# Of what not every app imports, by itself or through the framework.
_CONTENTS = {
    "gateway": {"pymongo", "pika", "tracklift_gateway"},
    "auth": {"sqlalchemy", "asyncmy", "alembic", "argon2", "pika", "tracklift_auth"},
    "converter": {
        "moviepy",
        "av",
        "lameenc",
        "imageio_ffmpeg",
        "numpy",
        "pymongo",
        "pika",
        "tracklift_converter",
    },
    "notification": {"aiosmtplib", "pymongo", "pika", "tracklift_notification"},
}
_KNOWN = sorted(
    set().union(*_CONTENTS.values()) | {"typer", "pytest", "tests", "tracklift_standalone", "pip"}
)


# Flag 1 of a compiled module: known by the hash of its source, and not by its date (PEP 552).
_LOOK = f"""
import importlib.util, json, pathlib
from importlib.metadata import distributions
ours = [pathlib.Path("/app"), pathlib.Path("/data"), *pathlib.Path("/app").rglob("*")]
found = distributions(path=["/app/lib/python3.13/site-packages"])
print(json.dumps({{
    "modules": [name for name in {_KNOWN!r} if importlib.util.find_spec(name) is not None],
    "packages": sorted([each.name, each.version] for each in found),
    "dates": sorted({{int(each.lstat().st_mtime) for each in ours}}),
    "flags": sorted({{each.read_bytes()[4] for each in ours if each.suffix == ".pyc"}}),
}}))
"""


@pytest.fixture(scope="module", params=SERVICES)
def service(request: pytest.FixtureRequest) -> str:
    """Name a service."""
    return str(request.param)


@pytest.fixture(scope="module")
def content(service: str) -> dict[str, Any]:
    """Look into an image, from a fresh container without a network; starting one takes longer than each look."""
    command = ["docker", "run", "--rm", "--network=none", "--read-only", "--entrypoint=/app/bin/python"]
    command += [f"tracklift/{service}:{_VERSION}", "-c", _LOOK]
    return dict(json.loads(subprocess.run(command, capture_output=True, check=True).stdout))


def image(service: str) -> dict[str, Any]:
    """Give what an image says about itself."""
    command = ["docker", "image", "inspect", f"tracklift/{service}:{_VERSION}"]
    (described,) = json.loads(subprocess.run(command, capture_output=True, check=True).stdout)
    return dict(described)


def test_an_image_holds_what_its_app_imports_and_nothing_else(service: str, content: dict[str, Any]) -> None:
    assert set(content["modules"]) == _CONTENTS[service]


def test_the_bill_of_materials_lists_every_package_of_an_image(service: str, content: dict[str, Any]) -> None:
    """CycloneDX, as `make images` writes it."""
    bill = json.loads((_BILLS / f"tracklift-{service}.cdx.json").read_text())

    assert bill["bomFormat"] == "CycloneDX"
    assert sorted([each["name"], each["version"]] for each in bill["components"]) == content["packages"]
    assert all(each["purl"].startswith("pkg:pypi/") for each in bill["components"])


@pytest.fixture(scope="module")
def commit() -> tuple[str, int]:
    """Give id and date, in seconds since 1970, of the commit that is checked out; what stands for them if none is."""
    done = subprocess.run(
        ["git", "log", "-1", "--format=%H %ct"],
        cwd=COMPOSE_FILE.parent,
        capture_output=True,
        text=True,
        check=False,
    )
    name, date = done.stdout.split() if done.returncode == 0 else ("unknown", "0")
    return name, int(date)


def test_an_image_says_what_it_is(service: str, commit: tuple[str, int]) -> None:
    labels = image(service)["Config"]["Labels"]

    assert labels["org.opencontainers.image.title"] == f"tracklift-{service}"
    assert labels["org.opencontainers.image.version"] == _VERSION
    assert labels["org.opencontainers.image.licenses"] == "Apache-2.0"
    assert labels["org.opencontainers.image.revision"] == commit[0]


def test_nothing_in_an_image_tells_when_it_was_built(content: dict[str, Any]) -> None:
    """So the same commit on the same base image gives the same image."""
    assert (content["dates"], content["flags"]) == ([_PEX_DATE], [1])


def test_an_image_bears_the_date_of_its_commit(service: str, commit: tuple[str, int]) -> None:
    assert datetime.fromisoformat(image(service)["Created"]).timestamp() == commit[1]


def test_an_image_without_settings_says_in_one_line_which_is_missing(service: str) -> None:
    done = subprocess.run(
        ["docker", "run", "--rm", "--network=none", "--read-only", f"tracklift/{service}:{_VERSION}"],
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 2
    assert done.stderr == f"tracklift_{service}: TRACKLIFT_RABBITMQ_URL is not set.\n"
