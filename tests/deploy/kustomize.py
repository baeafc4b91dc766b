"""Renders the folders of deploy/kustomize as an operator does."""

import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import yaml

from tests.deploy.manifests import Manifest

FOLDER = Path(__file__).resolve().parents[2] / "deploy" / "kustomize"
OVERLAYS = ("dev", "prod")
SCALING = ("keda-autoscaling", "cpu-autoscaling")
"""Components of which one is taken at the most."""


class RenderingError(Exception):
    """Kustomize refused a folder. The message is what it said."""


def kubectl() -> str:
    """Find kubectl: the pinned one beside this Python first, so that renderings are alike everywhere.

    Raises:
        FileNotFoundError: there is none. The lock holds it for Linux and macOS: `make setup`.
    """
    places = os.pathsep.join((str(Path(sys.executable).parent), os.environ.get("PATH", os.defpath)))
    found = shutil.which("kubectl", path=places)
    if found is None:
        raise FileNotFoundError("kubectl is neither in the environment nor on the path: run `make setup`")
    return found


def components() -> list[str]:
    """Name the components that there are."""
    return sorted(path.parent.name for path in (FOLDER / "components").glob("*/kustomization.yaml"))


def render(folder: Path) -> list[Manifest]:
    """Render a folder.

    Raises:
        RenderingError: it can't be.
    """
    return [read(text) for text in render_texts(folder)]


def read(text: str) -> Manifest:
    """Read one manifest."""
    manifest: Manifest = yaml.load(text, Loader=yaml.CSafeLoader)
    return manifest


def render_texts(folder: Path) -> list[str]:
    """Render a folder and give each manifest as it is written.

    Raises:
        RenderingError: it can't be.
    """
    answer = subprocess.run([kubectl(), "kustomize", folder], capture_output=True, text=True, check=False)
    if answer.returncode:
        raise RenderingError(answer.stderr)
    return answer.stdout.split("\n---\n")


def copy_with_secrets(place: Path) -> Path:
    """Copy the folder to a place of the test's own, make the secrets of development there, and give where it is."""
    copy = place / "kustomize"
    shutil.copytree(FOLDER, copy, ignore=shutil.ignore_patterns("secrets"))
    subprocess.run([copy / "overlays" / "dev" / "create-secrets"], check=True)
    return copy


def combine(copy: Path, chosen: Sequence[str]) -> Path:
    """Make an overlay of base and some components, which gives no more than every overlay has to give."""
    overlay = copy / "overlays" / "-".join(("with", *chosen))
    overlay.mkdir()
    kustomization = {
        "apiVersion": "kustomize.config.k8s.io/v1beta1",
        "kind": "Kustomization",
        "namespace": "tracklift",
        "resources": ["../../base"],
        "components": [f"../../components/{component}" for component in chosen],
        "configMapGenerator": [{"name": "public-address", "literals": ["url=https://tracklift.example"]}],
    }
    (overlay / "kustomization.yaml").write_text(yaml.safe_dump(kustomization), encoding="utf-8")
    return overlay
