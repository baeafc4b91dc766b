"""Where decoded sound is placed, according to the timestamps of packets."""

from collections.abc import Iterable, Sequence
from itertools import accumulate

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracklift_adapters.lame.decoding.clock import (
    AHEAD,
    DRIFT,
    FAST,
    GAP,
    GAP_BACK,
    SLOW,
    Placement,
    SoundClock,
    TimedSound,
    time_scale,
)
from tracklift_domain.extraction.timeline import LONGEST_PAUSE

PACKET = 1024 / 44100
IN_SYNC = 0.045
"""Seconds, a little more than `GAP`: what a step may be off before it is corrected."""


def sounds(times: Iterable[float], seconds: float = PACKET) -> list[TimedSound]:
    return [TimedSound(time, seconds) for time in times]


def regular(count: int, *, start: float = 0.0, each: float = PACKET) -> list[float]:
    return [start + number * each for number in range(count)]


def placed(ahead: Sequence[TimedSound], *, steady: bool = True) -> list[Placement]:
    clock = SoundClock(ahead[0].time, steady=steady)
    return [clock.place(ahead[number : number + 50]) for number in range(len(ahead))]


def ends(ahead: Sequence[TimedSound], *, steady: bool = True) -> list[float]:
    """Give where each packet's sound starts on the resulting timeline."""
    made = placed(ahead, steady=steady)
    lengths = [
        sound.seconds * (1 + each.stretch) + each.silence for sound, each in zip(ahead, made, strict=True)
    ]
    return [
        ahead[0].time + end - sound.seconds * (1 + each.stretch)
        for end, sound, each in zip(accumulate(lengths), ahead, made, strict=True)
    ]


def test_sound_that_is_in_time_is_not_changed() -> None:
    assert set(placed(sounds(regular(500)))) == {Placement()}


def test_times_that_are_rounded_to_milliseconds_are_in_time() -> None:
    assert set(placed(sounds(round(time, 3) for time in regular(500)))) == {Placement()}


@pytest.mark.parametrize("steady", [True, False])
@pytest.mark.parametrize("pause", [0.101, 2.0, 1800.0])
def test_a_pause_becomes_silence_of_its_length(pause: float, *, steady: bool) -> None:
    made = placed(sounds(regular(100) + regular(100, start=100 * PACKET + pause)), steady=steady)

    assert [number for number, each in enumerate(made) if each.silence] == [100]
    assert made[100].silence == pytest.approx(pause)
    assert all(each.stretch == 0 for each in made)


def test_a_pause_before_the_last_packet_becomes_silence() -> None:
    made = placed(sounds([*regular(100), 100 * PACKET + 2]))

    assert made[-1].silence == pytest.approx(2)


def test_a_single_wrong_time_is_ignored() -> None:
    times = regular(200)
    times[100] += 30.0
    times[150] -= 30.0

    assert set(placed(sounds(times))) == {Placement()}


def test_a_pause_of_more_than_an_hour_counts_as_a_wrong_time() -> None:
    made = placed(sounds(regular(100) + regular(100, start=LONGEST_PAUSE + 10)))

    assert set(made) == {Placement()}


def test_sound_continues_where_times_start_again() -> None:
    """As where recordings were concatenated; a pause in the second one is kept."""
    again = regular(100) + regular(100, start=100 * PACKET + 1)
    made = placed(sounds(regular(1000) + again))

    assert [number for number, each in enumerate(made) if each.silence] == [1100]
    assert sum(each.silence for each in made) == pytest.approx(1, abs=0.001)


@pytest.mark.parametrize("part", [0.0005, -0.0005, 0.00099, -0.00099])
def test_a_clock_that_drifts_is_followed_without_silence_and_with_little_change_of_pitch(part: float) -> None:
    ahead = sounds(regular(10_000, each=PACKET * (1 + part)))

    made = placed(ahead)

    assert not any(each.silence for each in made)
    assert max(abs(each.stretch) for each in made) == SLOW
    off = [abs(begin - sound.time) for begin, sound in zip(ends(ahead), ahead, strict=True)]
    assert max(off) < 0.03


def test_gaps_of_a_few_milliseconds_at_splices_do_not_add_up() -> None:
    """As in a file that was looped: its pictures last a little longer than its sound."""
    loop = 345 * PACKET
    times = [joint * (loop + 0.011) + time for joint in range(30) for time in regular(345)]

    ahead = sounds(times)

    off = [abs(begin - sound.time) for begin, sound in zip(ends(ahead), ahead, strict=True)]
    assert max(off) < 0.04


@pytest.mark.parametrize("steps", [30, 70, -30, -70])
def test_steps_that_are_no_pauses_are_corrected(steps: int) -> None:
    step = steps / 1000
    ahead = sounds(regular(500) + regular(2000, start=500 * PACKET + step))

    begins = ends(ahead)

    assert abs(begins[-1] - ahead[-1].time) < DRIFT
    assert max(abs(each.stretch) for each in placed(ahead)) <= FAST


def test_jitter_is_no_drift() -> None:
    times = [time + (0.035 if number % 7 in {1, 2} else 0) for number, time in enumerate(regular(1000))]

    assert set(placed(sounds(times))) == {Placement()}


def test_samples_without_duration_cause_no_drift() -> None:
    """Times that stand still and catch up, as those of fragments without durations."""
    times = [second * 43 * PACKET for second in range(20) for _ in range(43)]

    assert set(placed(sounds(times), steady=False)) == {Placement()}


@pytest.mark.parametrize("packets", [4, 8, 50])
@pytest.mark.parametrize("scale", [0.5, 0.46, 1.9, 2.0, 4.0])
def test_a_wrong_time_scale_is_detected(scale: float, packets: int) -> None:
    ahead = sounds(regular(packets, each=PACKET / scale))

    assert time_scale(ahead) == pytest.approx(scale, rel=0.001)


@pytest.mark.parametrize(
    "times",
    [
        [],
        [1.0],
        regular(50),
        regular(50, each=PACKET * 1.001),
        [0.0] * 50,
        regular(3, each=PACKET * 2),
        [0.0, *regular(6, start=PACKET, each=PACKET * 2)],
        regular(25) + regular(25, start=25 * PACKET, each=PACKET * 2),
        regular(50, each=PACKET * 20),
    ],
)
def test_times_without_evidence_for_another_scale_are_not_scaled(times: list[float]) -> None:
    assert time_scale(sounds(times)) == 1.0


@given(
    times=st.lists(st.floats(min_value=-1e6, max_value=1e6), min_size=1, max_size=60),
    seconds=st.floats(min_value=0.0, max_value=2.0),
    steady=st.booleans(),
)
def test_no_sound_is_left_out_whatever_the_times_are(
    times: list[float], seconds: float, *, steady: bool
) -> None:
    made = placed(sounds(times, seconds), steady=steady)

    assert len(made) == len(times)
    assert all(each.silence == 0 or GAP < each.silence <= LONGEST_PAUSE for each in made)
    assert all(abs(each.stretch) <= FAST for each in made)


@given(
    st.lists(
        st.tuples(st.integers(min_value=50, max_value=150), st.floats(min_value=-0.09, max_value=20.0)),
        min_size=1,
        max_size=8,
    )
)
def test_the_sound_stays_near_the_times_however_often_the_recorder_paused(
    parts: list[tuple[int, float]],
) -> None:
    """Between small steps there is enough time to correct each."""
    times, start = [], 0.0
    for packets, pause in parts:
        times += regular(packets, start=start)
        start += packets * PACKET + pause
    ahead = sounds(times)

    off = [abs(begin - sound.time) for begin, sound in zip(ends(ahead), ahead, strict=True)]

    small = sum(1 for _, pause in parts if pause <= GAP)
    assert max(off) <= max(GAP_BACK * small, IN_SYNC) + 2 * PACKET
    assert AHEAD > 0
