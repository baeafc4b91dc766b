"""How a recording is split among encoders."""

from heapq import heappop, heappush
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracklift_adapters.lame.encoding.segments import (
    FIRST_CHECKPOINT,
    WARM_UP,
    Segmentation,
    frame_samples,
    plan_segments,
    single_segment,
)

MINUTE = 60 * 44100


def split(samples: int, *, sample_rate: int = 44100, channels: int = 2, encoders: int = 2) -> Segmentation:
    return plan_segments(samples, sample_rate, channels=channels, encoders=encoders)


def split_when_known(
    seconds: int, supply: float, *, encoders: int = 2, block: int = 1152 * 96
) -> Segmentation:
    """Split as late as possible, where a frame is supplied in this fraction of the time in which it is encoded."""
    samples, supplied = seconds * 44100, 0
    while supplied < samples:
        parts = plan_segments(
            samples,
            44100,
            channels=2,
            encoders=encoders,
            supplied=supplied,
            encoded=round(supplied * min(supply, 1)),
        )
        supplied += block
        if len(parts.segments) > 1 and parts.segments[1].input_start * 1152 < supplied:
            assert parts.segments[1].input_start * 1152 >= supplied - block
            return parts
    return single_segment(44100)


def work(parts: Segmentation, samples: int, sample_rate: int = 44100) -> list[int]:
    """Give how many frames each encoder encodes, if neighbours agree at the first checkpoint."""
    whole = samples // frame_samples(sample_rate)
    return [
        segment.checkpoints.start if segment.checkpoints else whole - segment.input_start
        for segment in parts.segments
    ]


def ends_of_encoders(parts: Segmentation, seconds: int, supply: float) -> list[float]:
    """Give when each encoder has encoded its segments, in times for a frame."""
    free = [0.0] * parts.encoders
    for segment, frames in zip(parts.segments, work(parts, seconds * 44100), strict=True):
        begin = max(heappop(free), segment.input_start * supply)
        heappush(free, begin + frames)
    return free


@pytest.mark.one_in(4)
@pytest.mark.parametrize("encoders", [1, 2, 3, 4, 8])
@pytest.mark.parametrize("seconds", [0, 1, 9, 16, 60, 181, 3600, 4 * 3600])
@pytest.mark.parametrize("sample_rate", [8000, 22050, 44100, 48000])
def test_the_segments_cover_the_whole_recording_once(encoders: int, seconds: int, sample_rate: int) -> None:
    segments = split(seconds * sample_rate, sample_rate=sample_rate, encoders=encoders).segments

    assert segments[0].start == 0
    assert [segment.end for segment in segments[:-1]] == [segment.start for segment in segments[1:]]
    assert segments[-1].end is None


@pytest.mark.parametrize("encoders", [2, 3, 4, 8])
@pytest.mark.parametrize("seconds", [60, 181, 1000, 3600])
def test_encoders_finish_at_the_same_time_if_decoding_takes_a_twelfth_of_encoding(
    encoders: int, seconds: int
) -> None:
    parts = split(seconds * 44100, encoders=encoders)

    ends = ends_of_encoders(parts, seconds, 1 / 12)

    assert len(parts.segments) % parts.encoders == 0
    assert max(ends) - min(ends) <= 0.02 * max(ends) + 2 * 49


@pytest.mark.parametrize("seconds", [60, 181, 1000])
@pytest.mark.parametrize("supply", [0.02, 0.3, 0.6])
def test_two_encoders_finish_at_the_same_time_however_long_decoding_takes(
    supply: float, seconds: int
) -> None:
    ends = ends_of_encoders(split_when_known(seconds, supply), seconds, supply)

    assert max(ends) - min(ends) <= 0.05 * max(ends) + 2 * 49


@pytest.mark.parametrize("encoders", [2, 3, 8])
@pytest.mark.parametrize("supply", [0.02, 0.3, 0.6])
def test_a_plan_made_late_is_never_much_slower_than_one_made_early(supply: float, encoders: int) -> None:
    early = ends_of_encoders(split(181 * 44100, encoders=encoders), 181, supply)

    late = ends_of_encoders(split_when_known(181, supply, encoders=encoders), 181, supply)

    assert max(late) <= 1.02 * max(early)


def test_where_samples_come_slowly_a_second_encoder_has_little_to_do() -> None:
    first, second = work(split_when_known(180, 2.0), 180 * 44100)

    assert 0.05 < second / first < 0.2


def test_where_samples_of_a_short_recording_come_slowly_one_encoder_does_all() -> None:
    assert split_when_known(16, 2.0) == single_segment(44100)


@given(
    st.integers(0, 2 * 3600 * 44100),
    st.sampled_from([8000, 22050, 44100, 48000]),
    st.integers(2, 8),
    st.floats(0, 1.1),
    st.floats(0, 1),
)
def test_segments_follow_each_other_whatever_is_known(
    samples: int, sample_rate: int, encoders: int, supplied: float, encoded: float
) -> None:
    given_so_far = round(supplied * samples)
    parts = plan_segments(
        samples,
        sample_rate,
        channels=2,
        encoders=encoders,
        supplied=given_so_far,
        encoded=round(encoded * given_so_far),
    )

    inputs = [segment.input_start for segment in parts.segments]
    assert all(later - earlier >= 49 for earlier, later in pairwise(inputs))
    assert all(later * frame_samples(sample_rate) >= given_so_far for later in inputs[1:])
    assert parts.segments[-1].end is None


def test_every_segment_but_the_first_is_warmed_up() -> None:
    first, *others = split(3600 * 44100).segments

    assert first.warm_up == 0
    assert {segment.warm_up for segment in others} == {WARM_UP}


def test_neighbours_are_compared_from_half_the_warm_up_on_up_to_its_end() -> None:
    for segment, following in pairwise(split(3600 * 44100).segments):
        checkpoints = [segment.input_start + frames - following.input_start for frames in segment.checkpoints]

        assert checkpoints[0] == FIRST_CHECKPOINT
        assert checkpoints[-1] + 8 >= following.warm_up
        assert following.input_start + checkpoints[-1] < (segment.input_end or 0)


@pytest.mark.parametrize("sample_rate", [11025, 22050, 44100])
def test_segments_start_in_step_with_the_pattern_of_padding(sample_rate: int) -> None:
    segments = split(1000 * sample_rate, sample_rate=sample_rate).segments

    assert len(segments) > 1
    assert all(segment.input_start % 49 == 0 for segment in segments)


@pytest.mark.parametrize("seconds", [0, 1, 5, 10])
def test_a_short_recording_is_not_split(seconds: int) -> None:
    assert split(seconds * 44100) == single_segment(44100)


def test_one_encoder_gets_one_segment() -> None:
    assert split(3600 * 44100, encoders=1) == single_segment(44100)


@pytest.mark.parametrize("encoders", [2, 4, 8])
@pytest.mark.parametrize("minutes", [3, 60, 600])
def test_waiting_samples_take_little_memory_however_long_the_recording_is(
    encoders: int, minutes: int
) -> None:
    assert split(minutes * MINUTE, encoders=encoders).max_waiting * 2 * 4 < 90 * 10**6


@pytest.mark.parametrize("minutes", [3, 60, 600])
def test_warming_up_costs_less_than_two_percent(minutes: int) -> None:
    samples = minutes * MINUTE

    assert sum(work(split(samples), samples)) < 1.02 * samples / 1152


@pytest.mark.parametrize("encoders", [2, 4, 8])
@pytest.mark.parametrize("seconds", [12, 25, 30, 60])
def test_splitting_a_short_recording_saves_time_for_little_more_work(encoders: int, seconds: int) -> None:
    samples = seconds * 44100
    parts = work(split(samples, encoders=encoders), samples)

    assert len(parts) > 1
    assert max(parts) < 0.9 * samples / 1152
    assert sum(parts) < 1.27 * samples / 1152
