"""LAME is found in the package, and the error tells if it is missing."""

import importlib.util
from collections.abc import Iterator
from importlib.machinery import ModuleSpec
from pathlib import Path

import pytest

from tests.contracts.audio_extractor import a_plan
from tests.media.readers import BytesVideo
from tracklift_adapters.lame.encoding.library import MissingLameError, lame, version
from tracklift_adapters.lame.engine import LameAudioEngine
from tracklift_domain.extraction.errors import NotCoveredError


@pytest.fixture(autouse=True)
def forgotten() -> Iterator[None]:
    """Load the library again in each test, and after it."""
    lame.cache_clear()
    yield
    lame.cache_clear()


def without_lame(monkeypatch: pytest.MonkeyPatch, spec: ModuleSpec | None) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda _: spec)


def test_lame_has_a_version() -> None:
    assert version()[0].isdigit()


def test_a_missing_package_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    without_lame(monkeypatch, None)

    with pytest.raises(MissingLameError, match="lameenc is not installed"):
        lame()


def test_a_package_without_the_library_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    path = tmp_path / "lameenc.so"
    path.write_bytes(b"no library")
    without_lame(monkeypatch, ModuleSpec("lameenc", None, origin=str(path)))

    with pytest.raises(MissingLameError, match="can't be used"):
        lame()


def test_without_lame_the_engine_covers_no_extraction(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    without_lame(monkeypatch, None)

    with pytest.raises(NotCoveredError, match="lameenc"):
        LameAudioEngine(1).extract(BytesVideo(b""), a_plan(), tmp_path, lambda _: None)
