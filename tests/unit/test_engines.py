"""The engines that the converter names in strings are there."""

import importlib

import pytest

from tracklift_adapters.extraction_process.worker.engines import find_engine
from tracklift_converter.engines import ENGINES, PRELOADED


@pytest.mark.parametrize("name", ENGINES)
def test_an_engine_is_found_by_its_name(name: str) -> None:
    """A worker makes it without arguments, and what it says to a video then is up to the engine."""
    engine = find_engine(name)

    assert callable(engine.extract)


@pytest.mark.parametrize("name", PRELOADED)
def test_what_is_imported_beforehand_can_be(name: str) -> None:
    """Otherwise no worker would ever begin."""
    assert importlib.import_module(name).__name__ == name
