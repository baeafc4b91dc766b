"""Each run takes few of the combinations of a test's parameters."""

from itertools import product
from pathlib import Path
from typing import Any

import pytest

from tests.places import TESTS
from tests.selection import busy_order, chosen_cases, few, in_turn, is_thorough, thorough_but

Combination = tuple[str, ...]


def chosen(*values: str) -> list[Combination]:
    combinations = list(product(*values))
    return [case for case, is_chosen in zip(combinations, few(combinations), strict=True) if is_chosen]


@pytest.mark.parametrize("values", [["a"], ["abcd"], ["ab", "cde"], ["abcd", "ef", "ghi"], ["a", "bcdef"]])
def test_each_value_is_in_one_of_them(values: list[str]) -> None:
    found = zip(*chosen(*values), strict=True)

    assert [set(place) for place in found] == [set(place) for place in values]


def test_they_are_as_many_as_the_parameter_of_most_values_has() -> None:
    assert len(chosen("abcd", "ef", "ghi")) == 4


def test_of_one_parameter_all_values_are_taken() -> None:
    assert len(chosen("abcdefg")) == 7


def test_of_combinations_of_which_some_do_not_exist_each_value_is_in_one_that_is_not_thorough() -> None:
    combinations = [(first, second) for first in "abcd" for second in "ef" if (first, second) != ("b", "e")]

    cases = in_turn(combinations)

    taken = [case.values for case in cases if not case.marks]
    assert [set(place) for place in zip(*taken, strict=True)] == [set("abcd"), set("ef")]
    assert len(taken) == 4
    assert {case.values for case in cases} == set(combinations)
    assert len(cases) == len(combinations)


class Case:
    """As much of a pytest item as decides whether each run takes it."""

    def __init__(self, number: int, *marks: pytest.MarkDecorator) -> None:
        self.nodeid = f"a.py::test_it[{number}]"
        self._marks = {mark.name: mark.mark for mark in marks}

    def get_closest_marker(self, name: str) -> pytest.Mark | None:
        return self._marks.get(name)


@pytest.mark.parametrize(("there_are", "taken"), [(1, 1), (3, 1), (4, 2), (30, 10)])
def test_of_many_cases_that_are_alike_a_share_is_taken_and_always_the_same(
    there_are: int, taken: int
) -> None:
    cases: list[Any] = [Case(number, pytest.mark.one_in(3)) for number in range(there_are)]

    first = chosen_cases(cases)

    assert len(set(first)) == taken
    assert set(first) <= set(cases)
    assert chosen_cases(cases) == first


def test_without_a_mark_all_cases_are_taken() -> None:
    cases: list[Any] = [Case(number) for number in range(5)]

    assert chosen_cases(cases) == cases


def test_of_a_class_all_are_thorough_but_those_that_are_named() -> None:
    named: Any = Case(1, pytest.mark.thorough_but("test_that", "test_it"))
    other: Any = Case(1, pytest.mark.thorough_but("test_that"))
    both: Any = Case(1, pytest.mark.thorough_but("test_it"), pytest.mark.thorough)

    assert [is_thorough(case) for case in (named, other, both)] == [False, True, True]


def test_what_is_named_must_be_there() -> None:
    class Tests:
        def test_it(self) -> None:
            """Show nothing."""

    assert thorough_but("test_it")(Tests) is Tests
    with pytest.raises(AssertionError, match="Tests has no"):
        thorough_but("test_it", "test_that")(Tests)


def test_files_that_wait_have_files_that_compute_among_them_and_the_rest_of_these_comes_last() -> None:
    waiting = [TESTS / "integration" / f"test_{number}.py" for number in range(4)]
    first = TESTS / "services" / "test_it.py"
    computing = [TESTS / "unit" / f"test_{number}.py" for number in range(9)]

    places = busy_order([*computing, *waiting, first])

    order = sorted(places, key=places.__getitem__)
    assert [file for file in order if file not in computing] == [first, *waiting]
    assert [file for file in order if file in computing] == computing
    last: list[Path] = order[order.index(waiting[-1]) + 1 :]
    assert len(last) in {3, 4}
    assert set(last) < set(computing)
    assert order[1] in computing or order[2] in computing
