"""Each overlay is rendered once."""

from pathlib import Path

import pytest

from tests.deploy.kustomize import OVERLAYS, copy_with_secrets, render
from tests.deploy.manifests import Manifest


@pytest.fixture(scope="session")
def kustomize_copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of deploy/kustomize with secrets made for development."""
    return copy_with_secrets(tmp_path_factory.mktemp("deploy"))


@pytest.fixture(scope="session")
def rendered(kustomize_copy: Path) -> dict[str, list[Manifest]]:
    """The manifests of each overlay."""
    return {overlay: render(kustomize_copy / "overlays" / overlay) for overlay in OVERLAYS}


@pytest.fixture(params=OVERLAYS)
def overlay(request: pytest.FixtureRequest) -> str:
    """One overlay's name after the other."""
    name: str = request.param
    return name


@pytest.fixture
def manifests(rendered: dict[str, list[Manifest]], overlay: str) -> list[Manifest]:
    """The manifests of one overlay after the other."""
    return rendered[overlay]
