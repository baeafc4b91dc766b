"""Every overlay and every combination of components renders, into what Kubernetes understands.

Each run takes the combinations in which a component is alone, or missing alone.
"""

import sys
from collections.abc import Iterable, Iterator
from itertools import combinations, cycle
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.deploy import kustomize
from tests.deploy.kustomize import (
    OVERLAYS,
    SCALING,
    RenderingError,
    combine,
    components,
    copy_with_secrets,
    kubectl,
    read,
    render,
    render_texts,
)
from tests.deploy.manifests import Manifest
from tests.deploy.schemas import CUSTOM, KUBERNETES, breaches


def all_combinations() -> Iterator[tuple[str, ...]]:
    """Give every set of components, with one way of scaling at the most."""
    free = [component for component in components() if component not in SCALING]
    for size in range(len(free) + 1):
        for chosen in combinations(free, size):
            yield chosen
            for scaling in SCALING:
                yield (*chosen, scaling)


@pytest.mark.parametrize("version", KUBERNETES)
def test_every_manifest_of_every_overlay_is_valid(manifests: list[Manifest], version: str) -> None:
    """Strictly: an unknown field is a breach."""
    assert [breach for manifest in manifests for breach in breaches(manifest, version)] == []


def lone_and_lacking() -> list[tuple[str, ...]]:
    """Give the sets of at most one component, and of all but one at least, each with one choice of scaling in turn."""
    free = [component for component in components() if component not in SCALING]
    sets = [chosen for size in (0, 1, len(free) - 1, len(free)) for chosen in combinations(free, size)]
    scaling: list[tuple[str, ...]] = [(), *((component,) for component in SCALING)]
    in_turn = [(*chosen, *scaled) for chosen, scaled in zip(sets, cycle(scaling), strict=False)]
    return [*in_turn, *((*free, *scaled) for scaled in scaling if (*free, *scaled) not in in_turn)]


def breaches_of(copy: Path, sets: Iterable[tuple[str, ...]]) -> list[str]:
    """Render sets of components; what several have in common is looked at once."""
    manifests: dict[str, tuple[str, ...]] = {}
    for chosen in sets:
        for text in render_texts(combine(copy, chosen)):
            manifests.setdefault(text, chosen)
    return [
        f"{chosen}: {breach}"
        for text, chosen in manifests.items()
        for breach in breaches(read(text), KUBERNETES[0])
    ]


def test_each_component_alone_and_all_but_each_render_into_valid_manifests(tmp_path: Path) -> None:
    """So none needs another one, and none is needed by the others."""
    chosen = lone_and_lacking()

    assert breaches_of(copy_with_secrets(tmp_path), chosen) == []
    assert {component for each in chosen for component in each} == set(components())


@pytest.mark.thorough
@pytest.mark.timeout(300)
def test_every_combination_of_components_renders_into_valid_manifests(tmp_path: Path) -> None:
    chosen = list(all_combinations())

    assert breaches_of(copy_with_secrets(tmp_path), chosen) == []
    assert len(chosen) == 3 * 2 ** (len(components()) - len(SCALING))


def test_every_folder_with_a_kustomization_is_an_overlay_a_component_or_base() -> None:
    """So none is forgotten by these tests."""
    folders = {
        path.parent.relative_to(kustomize.FOLDER) for path in kustomize.FOLDER.rglob("kustomization.yaml")
    }
    known = {Path("components", name) for name in components()} | {
        Path("overlays", name) for name in OVERLAYS
    }

    assert {folder for folder in folders if folder.parts[0] != "base"} == known


def test_a_folder_that_kustomize_refuses_fails(tmp_path: Path) -> None:
    (tmp_path / "kustomization.yaml").write_text("resources: [nowhere.yaml]", encoding="utf-8")

    with pytest.raises(RenderingError, match="nowhere"):
        render(tmp_path)


def test_a_missing_kubectl_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is not skipped."""
    monkeypatch.setattr(sys, "executable", "/nowhere/python")
    monkeypatch.setenv("PATH", "/nowhere")

    with pytest.raises(FileNotFoundError, match="make setup"):
        kubectl()


@pytest.mark.parametrize("version", KUBERNETES)
@pytest.mark.parametrize(
    ("kind", "change"),
    [
        ("Deployment", {"replica": 2}),
        ("Service", {"ports": [{"port": "http"}]}),
        ("ScaledObject", {"pollInterval": 5}),
        ("ExternalSecret", {"secretStoreRef": {"name": "tracklift"}}),
    ],
)
def test_a_misspelt_field_is_found(
    rendered: dict[str, list[Manifest]], kind: str, change: dict[str, Any], version: str
) -> None:
    manifest = next(manifest for manifest in rendered["prod"] if manifest["kind"] == kind)

    assert list(breaches({**manifest, "spec": {**manifest["spec"], **change}}, version))


def test_a_kind_of_which_no_schema_is_known_is_found() -> None:
    unknown = yaml.safe_load("{apiVersion: example.org/v1, kind: Thing, metadata: {name: one}}")

    assert list(breaches(unknown, KUBERNETES[0]))


def test_every_own_schema_is_used(rendered: dict[str, list[Manifest]]) -> None:
    kinds = {(manifest["apiVersion"], manifest["kind"]) for manifest in rendered["prod"]}

    assert set(CUSTOM) <= kinds
