import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracklift_domain.notification.shown_name import LONGEST_SHOWN, shown_name


@pytest.mark.parametrize(
    "name",
    [
        "talk.mp4",
        "Mr. Smith, part 2.MP4",
        "🎬👍🏽.mp3",
        "мир 世界.m4v",
        "talk",
        "",
        ".mp4",
        "x" * 56 + ".mp4",
    ],
)
def test_an_ordinary_name_is_shown_as_it_is(name: str) -> None:
    assert shown_name(name) == name


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("evil.example.mp4", "evil. example.mp4"),
        ("evil.com", "evil. com"),
        ("holiday.mov", "holiday. mov"),
        ("http://evil.example/a.mp4", "http: / / evil. example/ a.mp4"),
        ("ada@example.org.mp4", "ada@ example. org.mp4"),
        ("evil\u3002example.mp4", "evil\u3002 example.mp4"),
        ("v1.2 final.mp4", "v1. 2 final.mp4"),
    ],
)
def test_nothing_in_a_name_becomes_a_link(name: str, shown: str) -> None:
    assert shown_name(name) == shown


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("two\r\nlines\tand\0nul.mp4", "two lines and nul.mp4"),
        ("gpj\u202e.mp4", "gpj .mp4"),
        ("a\u2028b\u2029c\x85d", "a b c d"),
    ],
)
def test_control_characters_become_white_space(name: str, shown: str) -> None:
    assert shown_name(name) == shown


def test_a_long_name_keeps_its_ending() -> None:
    assert shown_name("x" * 57 + ".mp4") == "x" * 55 + "….mp4"


@given(st.text())
def test_a_name_is_one_line_of_bounded_length_in_which_no_dot_joins_two_words(name: str) -> None:
    shown = shown_name(name)
    stem = shown[:-4]
    assert len(shown) <= LONGEST_SHOWN
    assert shown.isprintable()
    assert not any(stem[at] in ".:@" and not stem[at + 1].isspace() for at in range(len(stem) - 1))
