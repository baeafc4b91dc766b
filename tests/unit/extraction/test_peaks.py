"""Peaks follow the sound, however long it is and however it comes."""

import math
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracklift_domain.extraction.peaks import FULL_SCALE, MOST_PEAKS, PeakMeter

FIRST_LENGTH = 32
"""Samples of a peak as long as all fit."""


def peaks_of(*blocks: Sequence[float], gain: float = 1.0, full_scale: float = 1.0) -> bytes:
    meter = PeakMeter()
    for block in blocks:
        meter.add(len(block), lambda start, end, block=block: max(map(abs, block[start:end])))  # type: ignore[misc]
    return meter.peaks(gain=gain, full_scale=full_scale)


def test_no_sound_has_no_peaks() -> None:
    assert peaks_of() == b""
    assert peaks_of([]) == b""


def test_a_peak_is_the_largest_amplitude_of_its_samples() -> None:
    loud_at_the_start = [-1.0] + [0.0] * (FIRST_LENGTH - 1)
    loud_at_the_end = [0.25] * (FIRST_LENGTH - 1) + [0.5]
    assert peaks_of(loud_at_the_start + loud_at_the_end) == bytes([255, 128])


def test_the_last_peak_may_be_one_of_fewer_samples() -> None:
    assert peaks_of([0.0] * FIRST_LENGTH + [1.0]) == bytes([0, 255])


@given(st.lists(st.integers(min_value=1, max_value=70), min_size=1, max_size=20))
def test_blocks_of_any_size_make_the_same_peaks(sizes: list[int]) -> None:
    sound = [(n % 7) / 7 for n in range(sum(sizes))]
    blocks, start = [], 0
    for size in sizes:
        blocks.append(sound[start : start + size])
        start += size
    assert peaks_of(*blocks) == peaks_of(sound)


@pytest.mark.parametrize("seconds", [1, 2, 60, 3600, 12 * 3600])
def test_there_are_a_thousand_to_two_thousand_however_long_it_is(seconds: int) -> None:
    meter = PeakMeter()
    for _ in range(seconds):
        meter.add(44100, lambda _start, _end: 0.5)
    peaks = meter.peaks()
    assert MOST_PEAKS / 2 <= len(peaks) <= MOST_PEAKS
    assert set(peaks) == {128}


def test_a_short_loud_sound_in_a_long_quiet_one_is_not_lost() -> None:
    """And stays where it is, in proportion."""
    meter, samples = PeakMeter(), 44100 * 600
    bang = samples // 4
    meter.add(bang, lambda _start, _end: 0.0)
    meter.add(1, lambda _start, _end: 1.0)
    meter.add(samples - bang - 1, lambda _start, _end: 0.0)
    peaks = meter.peaks()
    assert peaks.count(255) == 1
    assert peaks.index(255) / len(peaks) == pytest.approx(0.25, abs=1 / len(peaks))


def test_the_gain_of_the_mp3_counts_and_what_is_clipped_is_full_scale() -> None:
    sound = [0.1] * FIRST_LENGTH + [0.6] * FIRST_LENGTH
    assert peaks_of(sound, gain=2.0) == bytes([51, 255])
    assert peaks_of([16384.0], full_scale=32768.0) == bytes([128])


@pytest.mark.parametrize("broken", [math.nan, math.inf])
def test_samples_that_are_no_numbers_break_nothing(broken: float) -> None:
    """Floating-point sound of a hostile file may hold them."""
    meter = PeakMeter()
    meter.add(1, lambda _start, _end: broken)
    assert set(meter.peaks()) <= {0, FULL_SCALE}
