"""A reader moves as a file does."""

import io
import os

import pytest

from tracklift_domain.media.file_reader import position_after

SIZE, POSITION = 10, 4


@pytest.mark.parametrize(
    ("offset", "whence"),
    [
        *((offset, os.SEEK_SET) for offset in (0, 3, 10, 100)),
        *((offset, os.SEEK_CUR) for offset in (-4, 0, 3, 100)),
        *((offset, os.SEEK_END) for offset in (-10, -4, 0, 100)),
    ],
)
def test_it_moves_to_where_a_file_moves(offset: int, whence: int) -> None:
    file = io.BytesIO(bytes(SIZE))
    file.seek(POSITION)

    assert position_after(offset, whence, position=POSITION, size=SIZE) == file.seek(offset, whence)


@pytest.mark.parametrize(
    ("offset", "whence", "says"),
    [
        (-1, os.SEEK_SET, "negative seek position -1"),
        (-5, os.SEEK_CUR, "negative seek position -1"),
        (-12, os.SEEK_END, "negative seek position -2"),
        (0, 3, "invalid whence"),
        (0, -1, "invalid whence"),
    ],
)
def test_nonsense_is_refused(offset: int, whence: int, says: str) -> None:
    with pytest.raises(ValueError, match=says):
        position_after(offset, whence, position=POSITION, size=SIZE)
