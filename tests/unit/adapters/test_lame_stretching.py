"""Sound that is made a few samples longer or shorter."""

import numpy as np
import pytest

from tracklift_adapters.lame.decoding.stretching import REACH, Sound, stretched

SIZE = 1024


def tone(count: int, *, start: float = 0.0, step: float = 1.0) -> Sound:
    """Give tones of 1 kHz and 9 kHz, sampled at these positions at 44.1 kHz."""
    places = start + np.arange(count) * step
    return np.stack([np.sin(places * 2 * np.pi * pitch / 44100) for pitch in (1000.0, 9000.0)])


@pytest.mark.parametrize("more", [-10, -1, 1, 10])
def test_interpolates_between_samples(more: int) -> None:
    before, sound, after = tone(SIZE, start=-SIZE), tone(SIZE), tone(SIZE, start=SIZE)

    made = stretched(before, sound, after, SIZE + more)

    assert made.shape == (2, SIZE + more)
    assert made == pytest.approx(tone(SIZE + more, step=SIZE / (SIZE + more)), abs=2e-4)


def test_keeps_the_first_sample_so_that_there_is_no_step() -> None:
    sound = tone(SIZE)

    made = stretched(tone(SIZE, start=-SIZE), sound, tone(SIZE, start=SIZE), SIZE + 1)

    assert made[:, 0] == pytest.approx(sound[:, 0], abs=1e-12)


def test_does_not_change_sound_of_the_same_length() -> None:
    sound = tone(SIZE)

    assert stretched(sound[:, :0], sound, sound[:, :0], SIZE) == pytest.approx(sound, abs=1e-12)


@pytest.mark.parametrize("size", [1, 5, REACH])
def test_stretches_a_few_samples_without_sound_around_them(size: int) -> None:
    sound = np.ones((1, size))

    assert np.isfinite(stretched(sound[:, :0], sound, sound[:, :0], size + 1)).all()
