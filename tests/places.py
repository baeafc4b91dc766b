"""Where tests lie."""

from functools import cache
from pathlib import Path

TESTS = Path(__file__).parent


@cache
def place_of(file: Path) -> tuple[str, ...]:
    """Name the folders in which a file of tests lies, and the file; asked again for each of its tests."""
    return file.relative_to(TESTS).parts
