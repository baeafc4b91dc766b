"""How long a player plays a track, as its edits have it."""

import pytest

from tracklift_domain.extraction.timeline import Edit, heard_places, played_duration, without_delay

ALL = Edit(0.0, None)


def pause(seconds: float | None) -> Edit:
    return Edit(None, seconds)


def test_without_edits_all_of_the_media_is_played() -> None:
    assert played_duration((), 60.0) == 60.0


@pytest.mark.parametrize(
    ("edits", "seconds"),
    [
        ([ALL], 60.0),
        ([Edit(10.0, None)], 50.0),
        ([Edit(10.0, 20.0)], 20.0),
        ([Edit(10.0, 500.0)], 50.0),
        ([pause(2.5), ALL], 62.5),
        ([pause(None), ALL], 60.0),
        ([Edit(0.0, 10.0), Edit(30.0, 10.0)], 20.0),
        ([Edit(0.0, 10.0), pause(5.0), Edit(30.0, 10.0)], 25.0),
    ],
)
def test_edits_and_the_pauses_before_and_between_them_are_played(edits: list[Edit], seconds: float) -> None:
    assert played_duration(edits, 60.0) == seconds


@pytest.mark.parametrize("edits", [[ALL, pause(9.0)], [ALL, Edit(60.0, 9.0)], [ALL, Edit(99.0, None)]])
def test_silence_at_the_end_counts_for_nothing(edits: list[Edit]) -> None:
    assert played_duration(edits, 60.0) == 60.0


def test_an_edit_behind_the_end_of_the_media_keeps_its_length_before_another_one() -> None:
    assert played_duration([Edit(50.0, 30.0), Edit(0.0, 5.0)], 60.0) == 35.0
    assert played_duration([Edit(70.0, 30.0), Edit(0.0, 5.0)], 60.0) == 35.0


@pytest.mark.parametrize("edits", [[pause(5.0)], [Edit(60.0, 1.0)]])
def test_where_nothing_of_the_media_is_played_nothing_counts(edits: list[Edit]) -> None:
    assert played_duration(edits, 60.0) == 0.0


@pytest.mark.parametrize(
    ("edits", "left"),
    [
        ([], ()),
        ([ALL], (Edit(2.0, None),)),
        ([Edit(5.0, None)], (Edit(5.0, None),)),
        ([Edit(0.5, 4.0), Edit(0.0, 1.0)], (Edit(2.0, 2.5), Edit(0.0, 1.0))),
        ([Edit(0.5, 1.5), Edit(3.0, 1.0)], (Edit(3.0, 1.0),)),
        ([pause(3.0), Edit(1.0, 0.5), pause(1.0), ALL], (Edit(2.0, None),)),
        ([pause(3.0)], ()),
    ],
)
def test_what_would_be_played_before_the_first_sample_is_left_out(
    edits: list[Edit], left: tuple[Edit, ...]
) -> None:
    assert without_delay(edits, 2.0) == left


@pytest.mark.parametrize(
    ("edits", "places", "heard"),
    [
        ([], [(3.0, 0.5)], [(3.0, 0.5)]),
        ([Edit(1.0, None)], [(0.5, 0.75), (3.0, 0.5)], [(0.0, 0.25), (2.0, 0.5)]),
        ([Edit(1.0, 2.0)], [(2.75, 0.5), (3.0, 5.0)], [(1.75, 0.25)]),
        ([Edit(4.0, 1.0), pause(2.0), Edit(0.0, 5.0)], [(4.5, 0.25)], [(0.5, 0.25), (7.5, 0.25)]),
    ],
)
def test_a_part_of_the_media_is_heard_wherever_an_edit_plays_it(
    edits: list[Edit], places: list[tuple[float, float]], heard: list[tuple[float, float]]
) -> None:
    assert heard_places(edits, places) == heard
