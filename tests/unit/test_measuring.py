"""Of tests that differ in their parameters alone, one is chosen whose coverage is measured."""

import sys
import threading

from tests.measuring import first_cases, not_measured


def test_one_case_of_each_test_is_chosen() -> None:
    ids = ["a.py::test_it[2]", "a.py::test_it[1]", "a.py::test_other", "a.py::TestIt::test_it[1]"]

    assert first_cases(ids) == ["a.py::test_it[1]", "a.py::test_other", "a.py::TestIt::test_it[1]"]


def test_the_choice_depends_on_no_order() -> None:
    ids = [f"a.py::test_it[{case}]" for case in ("one", "two-[three]", "four")]

    assert first_cases(ids) == first_cases(reversed(ids)) == ["a.py::test_it[four]"]


def test_no_tracer_sees_this_thread_or_those_that_it_starts_until_it_is_over() -> None:
    before = sys.gettrace(), threading.gettrace()
    seen: list[object] = []

    with not_measured():
        thread = threading.Thread(target=lambda: seen.append(sys.gettrace()))
        thread.start()
        thread.join()
        seen.append(sys.gettrace())

    assert seen == [None, None]
    assert (sys.gettrace(), threading.gettrace()) == before
