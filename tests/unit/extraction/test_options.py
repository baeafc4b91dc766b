import math
from dataclasses import FrozenInstanceError
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracklift_domain.extraction.errors import InvalidOptionError
from tracklift_domain.extraction.option_kinds import read_track
from tracklift_domain.extraction.options import (
    BITRATES,
    LAST_SECOND,
    LAST_TRACK,
    LONGEST_TAG,
    SAMPLE_RATES,
    SHORTEST_PART,
    AudioOptions,
    highest_bitrate,
)


def test_without_options_all_is_left_to_the_source() -> None:
    options = AudioOptions()
    assert (options.bitrate, options.quality, options.channels, options.sample_rate) == (None,) * 4
    assert (options.start, options.end, options.track, options.normalize) == (0.0, None, None, False)
    assert not options.keep_delay
    assert (options.title, options.artist, options.album) == (None,) * 3


@pytest.mark.parametrize(
    "fields",
    [
        *({"bitrate": bitrate} for bitrate in BITRATES),
        *({"quality": quality} for quality in range(10)),
        *({"sample_rate": rate} for rate in SAMPLE_RATES),
        {"channels": 1},
        {"channels": 2},
        {"track": 1},
        {"track": LAST_TRACK},
        {"track": "en"},
        {"track": "eng"},
        {"track": "pt-BR"},
        {"track": "zh-Hant-TW"},
        {"track": "ca-valencia"},
        {"keep_delay": True},
        {"start": LAST_SECOND},
        {"start": 1.5, "end": 1.6},
        {"end": LAST_SECOND},
        {"start": -0.0},
        {"title": "a"},
        {"title": "x" * LONGEST_TAG},
        {"artist": "'; DROP TABLE conversions; --"},
        {"album": "アルバム 🎵"},
        {"quality": 0, "sample_rate": 8000},
    ],
)
def test_a_value_within_its_bounds_is_taken(fields: dict[str, Any]) -> None:
    options = AudioOptions(**fields)
    assert all(getattr(options, field) == value for field, value in fields.items())


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("bitrate", 0),
        ("bitrate", -192),
        ("bitrate", 63),
        ("bitrate", 129),
        ("bitrate", 321),
        ("bitrate", 10**30),
        ("quality", -1),
        ("quality", 10),
        ("channels", 0),
        ("channels", 3),
        ("channels", -1),
        ("sample_rate", 0),
        ("sample_rate", 44_000),
        ("sample_rate", 96_000),
        ("track", 0),
        ("track", -1),
        ("track", LAST_TRACK + 1),
        *(
            ("track", text)
            for text in (
                "",
                "e",
                "German",
                "first",
                "1",
                "e1",
                "en_US",
                "en-",
                "en-u",
                "en-US\n",
                "ён",
                "x" * 5000,
            )
        ),
        ("start", -0.001),
        ("start", math.nan),
        ("start", math.inf),
        ("start", -math.inf),
        ("start", LAST_SECOND + 0.1),
        ("end", 0),
        ("end", -1),
        ("end", math.nan),
        ("end", math.inf),
        ("end", LAST_SECOND + 0.1),
        *(
            (tag, text)
            for tag in ("title", "artist", "album")
            for text in (
                "",
                "   ",
                "x" * (LONGEST_TAG + 1),
                "two\nlines",
                "NUL\0",
                "\x1b[31mred",
                "back\u202ewards",
                "\ud800",
            )
        ),
    ],
)
def test_a_value_out_of_its_bounds_is_refused_and_the_field_named(field: str, value: Any) -> None:
    with pytest.raises(InvalidOptionError) as refused:
        AudioOptions(**{field: value})
    assert refused.value.field == field
    assert str(refused.value) == f"{field}: {refused.value.reason}"


@pytest.mark.parametrize(
    ("field", "fields"),
    [
        ("quality", {"bitrate": 192, "quality": 4}),
        ("quality", {"bitrate": 192, "quality": 0}),
        ("end", {"start": 5.0, "end": 5.0}),
        ("end", {"start": 5.0, "end": 4.9}),
        ("end", {"start": 5.0, "end": 5.001}),
        ("bitrate", {"bitrate": 96, "sample_rate": 8_000}),
        ("bitrate", {"bitrate": 96, "sample_rate": 12_000}),
        ("bitrate", {"bitrate": 192, "sample_rate": 16_000}),
        ("bitrate", {"bitrate": 192, "sample_rate": 24_000}),
    ],
)
def test_values_that_contradict_each_other_are_refused(field: str, fields: dict[str, Any]) -> None:
    with pytest.raises(InvalidOptionError) as refused:
        AudioOptions(**fields)
    assert refused.value.field == field


@pytest.mark.parametrize(
    ("rates", "limit"),
    [
        ((8_000, 11_025, 12_000), 64),
        ((16_000, 22_050, 24_000), 160),
        ((32_000, 44_100, 48_000), 320),
    ],
)
def test_the_lower_a_sample_rate_the_lower_the_bit_rates_that_mp3_has_for_it(
    rates: tuple[int, ...], limit: int
) -> None:
    for rate in rates:
        assert highest_bitrate(rate) == limit
        assert AudioOptions(sample_rate=rate, bitrate=limit).bitrate == limit


def test_options_cannot_be_changed_in_place() -> None:
    with pytest.raises(FrozenInstanceError):
        AudioOptions().bitrate = 320  # type: ignore[misc]


@given(start=st.floats(), end=st.none() | st.floats())
def test_any_part_that_is_taken_has_a_length_and_lies_within_a_week(start: float, end: float | None) -> None:
    within = 0 <= start <= LAST_SECOND and (end is None or start + SHORTEST_PART <= end <= LAST_SECOND)
    if within:
        assert (AudioOptions(start=start, end=end).start, end) == (start, end)
    else:
        with pytest.raises(InvalidOptionError, match=r"^(start|end): "):
            AudioOptions(start=start, end=end)


@pytest.mark.parametrize(
    ("text", "track"),
    [
        ("1", 1),
        ("100", 100),
        ("-1", -1),
        ("007", 7),
        ("eng", "eng"),
        ("1.5", "1.5"),
        ("²", "²"),
        ("9" * 10, "9" * 10),
    ],
)
def test_a_track_in_text_is_a_number_or_what_may_be_a_language(text: str, track: int | str) -> None:
    assert read_track(text) == track


@pytest.mark.parametrize(
    "fields", [{}, {"track": "eng"}, {"track": 2, "title": "T", "artist": "A", "album": "B"}]
)
def test_the_choice_of_a_track_and_tags_leave_the_sound_as_it_is(fields: dict[str, Any]) -> None:
    assert AudioOptions(**fields).leave_sound_as_it_is


def test_silence_before_the_sound_changes_it() -> None:
    assert not AudioOptions(keep_delay=True).leave_sound_as_it_is
