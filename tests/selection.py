"""Which tests run: those of each run, or with `--thorough` all, and in which order.

Each run shows each behaviour once. What shows it again, with another combination of the same parameters, is marked
`thorough`; a test that takes combinations is marked `each_value_once`.
"""

from collections import defaultdict
from collections.abc import Generator, Iterable, Iterator, Sequence
from pathlib import Path

import pytest

TESTS = Path(__file__).parent
# Files of these folders take longest, so they begin first where several processes share the tests.
_LONGEST_FIRST = ("services", "end_to_end", "integration", "deploy", "unit")


def pytest_addoption(parser: pytest.Parser) -> None:
    """Let a run be thorough."""
    parser.addoption(
        "--thorough",
        action="store_true",
        help="run the tests marked thorough too, and have hypothesis try more examples",
    )


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_collection_modifyitems(
    config: pytest.Config, items: list[pytest.Item]
) -> Generator[None, None, None]:
    """Leave out what is thorough, unless it is asked for, and begin with the files that take longest."""
    # Before the tests are shuffled, so that each run leaves out the same.
    if not config.getoption("thorough"):
        left_out = set(_thorough(items))
        config.hook.pytest_deselected(items=left_out)
        items[:] = [item for item in items if item not in left_out]
    yield
    items.sort(key=_place)


def thorough(values: Iterable[object]) -> list[pytest.ParameterSet]:
    """Make values of a test's parameter, each of which shows again what other values show, thorough."""
    return [pytest.param(value, marks=pytest.mark.thorough) for value in values]


def few(combinations: Sequence[Sequence[str]]) -> list[bool]:
    """Tell of each combination of values whether it is among the few in which each value occurs.

    Of combinations of each value with each other one, these are as many as the place of most values has: the first
    values of all places, the second ones, and so on, while a place that has no more values begins anew.
    """
    places = [list(dict.fromkeys(values)) for values in zip(*combinations, strict=True)]
    longest = max(places, key=len)
    chosen = {tuple(values[number % len(values)] for values in places) for number in range(len(longest))}
    return [tuple(combination) in chosen for combination in combinations]


def _thorough(items: list[pytest.Item]) -> Iterator[pytest.Item]:
    cases: defaultdict[str, list[pytest.Item]] = defaultdict(list)
    for item in items:
        if item.get_closest_marker("thorough"):
            yield item
        elif item.get_closest_marker("each_value_once") and hasattr(item, "callspec"):
            cases[item.nodeid.partition("[")[0]].append(item)
    for alike in cases.values():
        # One id for each list of values.
        is_chosen = few([item.callspec._idlist for item in alike])  # type: ignore[attr-defined]  # of a parameterised test
        yield from (item for item, chosen in zip(alike, is_chosen, strict=True) if not chosen)


def _place(item: pytest.Item) -> int:
    folder = item.path.relative_to(TESTS).parts[0]
    return _LONGEST_FIRST.index(folder) if folder in _LONGEST_FIRST else len(_LONGEST_FIRST)
