"""Ranges, entity tags and file names in headers."""

import email.message
import email.policy
import re
from urllib.parse import unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracklift_adapters.http.files.byte_ranges import (
    ByteRange,
    UnsatisfiableRangeError,
    attachment,
    matches_etag,
    parse_range,
)

WHOLE = None


@pytest.mark.parametrize(
    ("header", "part"),
    [
        ("bytes=0-0", ByteRange(0, 1)),
        ("bytes=0-9", ByteRange(0, 10)),
        ("bytes=90-99", ByteRange(90, 100)),
        ("bytes=90-", ByteRange(90, 100)),
        ("bytes=0-", ByteRange(0, 100)),
        ("bytes=99-99", ByteRange(99, 100)),
        ("bytes=50-5000", ByteRange(50, 100)),
        ("bytes=-1", ByteRange(99, 100)),
        ("bytes=-100", ByteRange(0, 100)),
        ("bytes=-5000", ByteRange(0, 100)),
        ("Bytes = 1 - 2 ", ByteRange(1, 3)),
        ("bytes=0-9999999999999999999", ByteRange(0, 100)),
        ("bytes=-9999999999999999999", ByteRange(0, 100)),
    ],
)
def test_one_range_is_understood(header: str, part: ByteRange) -> None:
    assert parse_range(header, 100) == part


@pytest.mark.parametrize(
    "header",
    [
        None,
        "",
        "bytes",
        "bytes=",
        "bytes=-",
        "bytes=a-b",
        "bytes=1",
        "bytes=9-0",
        "bytes=--1",
        "bytes=1-2-3",
        "bytes=0-1,5-6",
        "bytes=0-1,",
        "items=0-1",
        "bytes:0-1",
        "bytes=1.5-2",
        "bytes=0x1-0x2",
        "bytes=٣-٤",
        "bytes=" + "9" * 20 + "-",
        "bytes=0-" + "9" * 5000,
        "bytes=-" + "9" * 5000,
    ],
)
def test_what_is_not_one_range_means_the_whole_file(header: str | None) -> None:
    assert parse_range(header, 100) is WHOLE


@pytest.mark.parametrize("header", ["bytes=100-", "bytes=100-200", "bytes=9999999999999999999-", "bytes=-0"])
def test_a_range_without_a_byte_of_the_file_can_not_be_satisfied(header: str) -> None:
    with pytest.raises(UnsatisfiableRangeError):
        parse_range(header, 100)


@given(st.text() | st.from_regex(r"bytes=\d*-\d*", fullmatch=True), st.integers(1, 1000))
def test_every_part_lies_inside_of_the_file(header: str, size: int) -> None:
    try:
        part = parse_range(header, size)
    except UnsatisfiableRangeError:
        return
    assert part is None or 0 <= part.start < part.end <= size


def test_a_part_is_described_by_its_first_and_its_last_byte() -> None:
    assert ByteRange(10, 20).content_range(100) == "bytes 10-19/100"


@pytest.mark.parametrize("header", ['"abc"', 'W/"abc"', '"x", "abc"', '"x",W/"abc" , "y"', "*", ' "abc" '])
def test_an_entity_tag_is_found_among_those_that_the_client_knows(header: str) -> None:
    assert matches_etag(header, '"abc"')


@pytest.mark.parametrize("header", [None, "", "abc", '"ABC"', '"abcd"', 'w/"abc"', '""'])
def test_another_entity_tag_is_another(header: str | None) -> None:
    assert not matches_etag(header, '"abc"')


FILE_NAMES = [
    "talk.mp3",
    'the "best".mp3',
    "a\\b.mp3",
    "100%.mp3",
    "a;b=c, d.mp3",
    "講演 🎤.mp3",
    "été'*.mp3",
    "two\r\nX-Evil: 1.mp3",
    "tab\t\x7f\x00.mp3",
]


@pytest.mark.parametrize("name", FILE_NAMES)
def test_a_file_name_of_any_script_fits_into_a_header(name: str) -> None:
    header = attachment(name)

    assert header.isascii()
    assert header.isprintable()
    extended = re.fullmatch(r"attachment; filename=\"[^\"\\%]*\"; filename\*=UTF-8''([!-~]+)", header)
    assert extended is not None
    assert unquote(extended[1]) == name


@given(st.text(st.characters(exclude_categories=["Cs"]), min_size=1))
def test_no_file_name_whatever_breaks_out_of_its_header(name: str) -> None:
    header = attachment(name)

    assert header.isascii()
    assert header.isprintable()
    assert unquote(header.partition("filename*=UTF-8''")[2]) == name


@pytest.mark.parametrize("name", ["talk.mp3", "講演.mp3"])
def test_a_parser_of_mail_headers_reads_the_same_name(name: str) -> None:
    message = email.message.EmailMessage(policy=email.policy.HTTP)
    plain, _, extended = attachment(name).partition("; filename*=")
    message["Content-Disposition"] = f"{plain.partition(';')[0]}; filename*={extended}"

    assert message.get_filename() == name
