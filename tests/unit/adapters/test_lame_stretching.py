"""Sound that is made a few samples longer or shorter."""

import numpy as np
import pytest

from tracklift_adapters.lame.stretching import REACH, Sound, stretched

SIZE = 1024


def tone(count: int, *, start: float = 0.0, step: float = 1.0) -> Sound:
    """Give a tone of 1 kHz at 44.1 kHz, and one of 9 kHz, by the places at which they are read."""
    places = start + np.arange(count) * step
    return np.stack([np.sin(places * 2 * np.pi * pitch / 44100) for pitch in (1000.0, 9000.0)])


@pytest.mark.parametrize("more", [-10, -1, 1, 10])
def test_is_what_lies_between_the_samples(more: int) -> None:
    before, sound, after = tone(SIZE, start=-SIZE), tone(SIZE), tone(SIZE, start=SIZE)

    made = stretched(before, sound, after, SIZE + more)

    assert made.shape == (2, SIZE + more)
    assert made == pytest.approx(tone(SIZE + more, step=SIZE / (SIZE + more)), abs=2e-4)


def test_begins_with_its_own_first_sample_so_that_there_is_no_step() -> None:
    sound = tone(SIZE)

    made = stretched(tone(SIZE, start=-SIZE), sound, tone(SIZE, start=SIZE), SIZE + 1)

    assert made[:, 0] == pytest.approx(sound[:, 0], abs=1e-12)


def test_of_the_same_length_is_the_same() -> None:
    sound = tone(SIZE)

    assert stretched(sound[:, :0], sound, sound[:, :0], SIZE) == pytest.approx(sound, abs=1e-12)


@pytest.mark.parametrize("size", [1, 5, REACH])
def test_is_possible_for_a_few_samples_with_nothing_around_them(size: int) -> None:
    sound = np.ones((1, size))

    assert np.isfinite(stretched(sound[:, :0], sound, sound[:, :0], size + 1)).all()
