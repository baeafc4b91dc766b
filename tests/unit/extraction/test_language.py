"""Which tags of languages are what a user asks for."""

import pytest

from tracklift_domain.extraction.language import matching_languages


@pytest.mark.parametrize(
    ("asked", "tag"),
    [
        ("en", "eng"),
        ("eng", "en"),
        ("EN", "eng"),
        ("en", "en-GB"),
        ("eng", "en-gb"),
        ("ger", "deu"),
        ("deu", "ger"),
        ("de", "ger"),
        ("cze", "cs"),
        ("aa", "aar"),
        ("zu", "zul"),
        ("sh", "hbs"),
        ("iw", "heb"),
        ("scr", "hrv"),
        ("en-us", "eng-US"),
        ("zh-hant", "chi-Hant-TW"),
        ("zh-tw", "zh-Hant-TW"),
        ("yue", "yue"),
    ],
)
def test_codes_of_one_language_find_each_other(asked: str, tag: str) -> None:
    assert matching_languages([tag], asked) == [0]


@pytest.mark.parametrize(
    ("asked", "tag"),
    [("en", "deu"), ("en", None), ("no", "nob"), ("en", "enm"), ("de-at", "sv-AT"), ("und", "eng")],
)
def test_other_languages_and_tracks_without_one_are_not_found(asked: str, tag: str | None) -> None:
    assert matching_languages([tag], asked) == []


def test_a_region_finds_only_its_own() -> None:
    assert matching_languages(["por", "pt-PT", "pt-BR", "spa"], "pt-br") == [2]


@pytest.mark.parametrize("asked", ["pt-br", "pt-Latn-BR"])
def test_a_region_that_no_track_has_finds_the_language(asked: str) -> None:
    assert matching_languages(["spa", "por", None, "pt-PT"], asked) == [1, 3]


def test_of_several_parts_as_many_count_as_a_track_has() -> None:
    assert matching_languages(["zho", "zh-Hant", "zh-Hans"], "zh-hant-hk") == [1]


def test_a_region_with_the_name_of_a_language_stands_for_the_region() -> None:
    assert matching_languages(["ara", "ar-SA", "sv"], "ar-sv") == [0, 1]
