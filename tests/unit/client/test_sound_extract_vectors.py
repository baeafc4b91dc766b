"""The test vectors are what their recipes make, and their extracts are what other implementations have to make."""

import json

import pytest

from tests.media.extract_vectors import FOLDER, INDEX, VECTORS, describe

EXPECTED = json.loads((FOLDER / INDEX).read_text(encoding="utf-8"))
MOST_BYTES = 100_000


@pytest.mark.parametrize("name", VECTORS)
def test_a_vector_has_the_extract_that_its_index_tells(name: str) -> None:
    """The file as stored, to the byte."""
    assert describe((FOLDER / f"{name}.mp4").read_bytes()) == EXPECTED[name]


@pytest.mark.parametrize("name", VECTORS)
def test_a_vector_is_what_its_recipe_makes(name: str) -> None:
    """Otherwise `python -m tests.media.extract_vectors` writes them anew."""
    assert (FOLDER / f"{name}.mp4").read_bytes() == VECTORS[name]()


def test_the_index_names_each_file_and_all_are_small() -> None:
    """They are stored in the repository."""
    files = {path.name: path.stat().st_size for path in FOLDER.iterdir()}

    assert files.keys() == {INDEX, *(f"{name}.mp4" for name in VECTORS)}
    assert EXPECTED.keys() == VECTORS.keys()
    assert sum(files.values()) <= MOST_BYTES


def test_only_vectors_that_say_so_have_no_extract() -> None:
    """A file that is refused by mistake would prove nothing."""
    refused = {name for name, entry in EXPECTED.items() if "refused" in entry["extract"]}

    assert refused == {name for name in VECTORS if name.startswith("refused-")}
