"""Each run takes few of the combinations of a test's parameters."""

from itertools import product

import pytest

from tests.selection import few

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
