"""Cursors of a list are opaque, and a forged one does no harm."""

import base64
import json

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.contracts.examples import NOW, conversion_id
from tracklift_adapters.http.problems.problems import Problem
from tracklift_domain.conversion.ports import ListPosition
from tracklift_gateway.cursors import read_cursor, write_cursor

ID = conversion_id(1)


def forged(value: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).decode()


def test_a_cursor_that_comes_back_is_the_position_that_it_was() -> None:
    position = ListPosition(NOW, ID)

    assert read_cursor(write_cursor(position)) == position


def test_a_cursor_needs_no_escaping_in_an_address_and_fits_into_what_a_list_takes() -> None:
    cursor = write_cursor(ListPosition(NOW, ID))

    assert cursor.replace("-", "").replace("_", "").isalnum()
    assert len(cursor) <= 200


FORGERIES = [
    "x",
    "====",
    "%",
    "💥",
    base64.urlsafe_b64encode(b"\xff\xfe").decode(),
    forged({}),
    forged(None),
    forged(17),
    forged([]),
    forged([NOW.isoformat()]),
    forged([NOW.isoformat(), ID, ID]),
    forged([1, ID]),
    forged(["yesterday", ID]),
    forged([NOW.replace(tzinfo=None).isoformat(), ID]),
    forged(["0001-01-01T00:00:00+23:59", ID]),
    forged(["9999-12-31T23:59:59-23:59", ID]),
    forged([NOW.isoformat(), 1]),
    forged([NOW.isoformat(), "'; DROP TABLE conversions; --"]),
    forged([NOW.isoformat(), "\ud800"]),
    forged([NOW.isoformat(), "\0"]),
    forged([NOW.isoformat(), ID + "\n"]),
]


@pytest.mark.parametrize("cursor", FORGERIES)
async def test_a_forged_cursor_is_refused(ada: httpx.AsyncClient, cursor: str) -> None:
    answer = await ada.get("/v1/conversions", params={"cursor": cursor})

    assert (answer.status_code, answer.json()["code"]) == (400, "invalid_cursor")


@given(st.text(max_size=200))
def test_no_text_whatever_breaks_the_reading_of_a_cursor(cursor: str) -> None:
    with pytest.raises(Problem, match="begin without one"):
        read_cursor(cursor)
