"""Which tests run: those of each run, or with `--thorough` all, and in which order.

Several processes share the files out. They take them in an order in which files whose tests wait, for servers and
browsers, have among them files whose tests compute: so the processors always have something to do.

Each run shows each behaviour once. What shows it again, with another combination of the same parameters, is marked
`thorough`; a test that takes combinations is marked `each_value_once`, and one whose many cases are much alike
`one_in`. Of a class of tests most of which show again what others show, `thorough_but` names those that do not.
"""

import random
from collections import defaultdict
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from math import ceil
from pathlib import Path
from typing import TypeVar

import pytest

from tests.places import place_of

_WAITING = ("containers", "services", "browser", "end_to_end", "integration")
"""Folders whose tests wait for other processes part of their time; that whose files take longest comes first."""
_AMONG_THEM = 2 / 3
"""The share of the other files that come among those; the rest comes last, so that all processes end at once."""


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
    """Leave out what is thorough, unless it is asked for, and put the files in an order that keeps processors busy."""
    # Before the tests are shuffled, so that each run leaves out the same.
    if not config.getoption("thorough"):
        left_out = set(_thorough(items))
        config.hook.pytest_deselected(items=left_out)
        items[:] = [item for item in items if item not in left_out]
    yield
    places = busy_order(dict.fromkeys(item.path for item in items))
    items.sort(key=lambda item: places[item.path])


def thorough(values: Iterable[object]) -> list[pytest.ParameterSet]:
    """Make values of a test's parameter thorough, each of which shows again what others show; tuples are of several."""
    return [
        pytest.param(*(value if isinstance(value, tuple) else (value,)), marks=pytest.mark.thorough)
        for value in values
    ]


AnyClass = TypeVar("AnyClass", bound=type)


def thorough_but(*names: str) -> Callable[[AnyClass], AnyClass]:
    """Make all tests of a class thorough but those of these names.

    For a class that inherits tests which show again, on another server, what they show elsewhere.
    """

    def mark(tests: AnyClass) -> AnyClass:
        missing = [name for name in names if not hasattr(tests, name)]
        assert not missing, f"{tests.__name__} has no {missing}"
        return pytest.mark.thorough_but(*names)(tests)

    return mark


def is_thorough(item: pytest.Item) -> bool:
    """Tell whether a test is thorough, in whichever case."""
    others = item.get_closest_marker("thorough_but")
    if others is not None and item.nodeid.partition("[")[0].rpartition("::")[2] not in others.args:
        return True
    return item.get_closest_marker("thorough") is not None


def in_turn(combinations: Sequence[tuple[str, ...]]) -> list[pytest.ParameterSet]:
    """Make those combinations of several parameters thorough of which each value occurs in one before.

    For combinations of which some do not exist; of all others, see `few`. Those with the most values that did not occur
    yet are taken first.
    """
    missing = {(place, value) for values in combinations for place, value in enumerate(values)}
    chosen: list[tuple[str, ...]] = []
    while missing:
        chosen.append(max(combinations, key=lambda values: len(missing.intersection(enumerate(values)))))
        missing -= set(enumerate(chosen[-1]))
    left_out = [values for values in combinations if values not in chosen]
    return [*(pytest.param(*values) for values in chosen), *thorough(left_out)]


def few(combinations: Sequence[Sequence[str]]) -> list[bool]:
    """Tell of each combination of values whether it is among the few in which each value occurs.

    Of combinations of each value with each other one, these are as many as the place of most values has: the first
    values of all places, the second ones, and so on, while a place that has no more values begins anew.
    """
    places = [list(dict.fromkeys(values)) for values in zip(*combinations, strict=True)]
    longest = max(places, key=len)
    chosen = {tuple(values[number % len(values)] for values in places) for number in range(len(longest))}
    return [tuple(combination) in chosen for combination in combinations]


def chosen_cases(cases: list[pytest.Item]) -> list[pytest.Item]:
    """Choose those of each run from the cases of one test."""
    if cases[0].get_closest_marker("each_value_once"):
        # One id for each list of values.
        is_chosen = few([item.callspec._idlist for item in cases])  # type: ignore[attr-defined]  # of a parameterised test
        cases = [item for item, is_one in zip(cases, is_chosen, strict=True) if is_one]
    share = cases[0].get_closest_marker("one_in")
    if share is None:
        return cases
    # By the name of the test, so that each run and each process takes the same.
    chance = random.Random(cases[0].nodeid.partition("[")[0])  # noqa: S311 - no secret
    return chance.sample(cases, ceil(len(cases) / share.args[0]))


def _thorough(items: list[pytest.Item]) -> Iterator[pytest.Item]:
    cases: defaultdict[str, list[pytest.Item]] = defaultdict(list)
    for item in items:
        if is_thorough(item):
            yield item
        elif hasattr(item, "callspec"):
            cases[item.nodeid.partition("[")[0]].append(item)
    for alike in cases.values():
        chosen = set(chosen_cases(alike))
        yield from (item for item in alike if item not in chosen)


def busy_order(files: Iterable[Path]) -> dict[Path, float]:
    """Tell by which number to sort files, for processes that take them in turn: what waits among what computes."""
    waiting: list[Path] = []
    computing: list[Path] = []
    for file in files:
        (waiting if place_of(file)[0] in _WAITING else computing).append(file)
    waiting.sort(key=lambda file: _WAITING.index(place_of(file)[0]))
    computing.sort(key=lambda file: place_of(file)[0])  # Those of deploy take longer than unit tests.
    spread = {file: number / len(waiting) for number, file in enumerate(waiting)}
    return spread | {file: number / len(computing) / _AMONG_THEM for number, file in enumerate(computing)}
