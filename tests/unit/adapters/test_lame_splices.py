"""A packet that lasts longer than the time until the next one is trimmed; jitter trims nothing."""

from collections.abc import Iterable, Iterator, Sequence

import numpy as np
import numpy.typing as npt
import pytest
from av.audio.frame import AudioFrame
from hypothesis import given
from hypothesis import strategies as st

from tracklift_adapters.lame.decoding.decode_packets import DecodedPacket
from tracklift_adapters.lame.decoding.placing import PlacedSound
from tracklift_adapters.lame.decoding.silence import FADE

RATE, SIZE = 8000, 400
SECONDS = SIZE / RATE


def packets(
    times: Iterable[float], values: Sequence[float] = (), channels: int = 1
) -> Iterator[DecodedPacket]:
    """Give packets of one value each, by default 0.5; a value of 0 is a lost packet."""
    for number, time in enumerate(times):
        value = values[number] if number < len(values) else 0.5
        samples = np.full((channels, SIZE), value, np.float32)
        frame = AudioFrame.from_ndarray(samples, format="fltp", layout="mono" if channels == 1 else "stereo")
        frame.sample_rate = RATE
        yield DecodedPacket([frame] if value else [], not value, time, SECONDS, SECONDS)


def placed(coming: Iterable[DecodedPacket]) -> npt.NDArray[np.float32]:
    sound = PlacedSound(iter(coming), steady=True, padding=0.0)
    return np.concatenate([frame.to_ndarray()[0] for frame in sound.frames()])


def with_steps(count: int, **steps: float) -> list[float]:
    """Give times at which packets start; some of them last less: `p10=0.01` is packet 10."""
    times, time = [], 0.0
    for number in range(count):
        times.append(time)
        time += steps.get(f"p{number}", SECONDS)
    return times


@pytest.mark.parametrize("step", [0.0001, 0.01, 0.04, 0.047])
def test_a_packet_is_trimmed_to_the_time_until_the_next_one(step: float) -> None:
    """And the next packets are in time."""
    values = [0.5] * 10 + [0.25] + [0.75] * 39

    samples = placed(packets(with_steps(50, p10=step), values))

    assert len(samples) == 49 * SIZE + round(step * RATE)
    kept = 10 * SIZE + round(step * RATE)
    assert set(samples[10 * SIZE : kept]) <= {0.25}
    assert set(samples[kept + round(FADE * RATE) :]) == {0.75}


def test_of_several_packets_without_time_the_first_one_is_kept() -> None:
    """The last packet of a recording has sound, and the first ones of the next recording are an encoder's padding."""
    values = [0.5] * 10 + [0.25, 0.9] + [0.75] * 38

    samples = placed(packets(with_steps(50, p10=1 / RATE, p11=0.03), values))

    assert len(samples) == 48 * SIZE + 241
    assert set(samples[10 * SIZE : 10 * SIZE + 241]) == {0.25}
    assert 0.9 not in samples


def test_what_is_trimmed_is_crossfaded_into_what_follows() -> None:
    values = [0.5] * 11 + [-0.5] * 39

    samples = placed(packets(with_steps(50, p10=0.03), values))

    assert np.abs(np.diff(samples)).max() <= 1 / (FADE * RATE)


def test_sound_of_another_form_fades_in() -> None:
    times = with_steps(50, p10=0.03)
    coming = [*packets(times[:11]), *packets(times[11:], channels=2)]

    samples = np.concatenate(
        [frame.to_ndarray()[0] for frame in PlacedSound(iter(coming), steady=True, padding=0.0).frames()]
    )

    assert len(samples) == 49 * SIZE + 240
    assert samples[10 * SIZE + 240] < 0.1


def test_a_lost_packet_is_not_trimmed() -> None:
    """It is silent anyway."""
    samples = placed(packets(with_steps(50, p10=0.03), [0.5] * 10 + [0.0]))

    assert not samples[10 * SIZE : 11 * SIZE].any()


@pytest.mark.parametrize("delay", [0.01, 0.03, 0.045])
def test_packets_that_are_late_now_and_then_are_not_trimmed(delay: float) -> None:
    """The next one is in time again, so none lasts too long."""
    times = [time + (delay if number % 5 == 2 else 0) for number, time in enumerate(with_steps(200))]

    assert len(placed(packets(times))) == 200 * SIZE


@given(st.lists(st.floats(min_value=0, max_value=0.015), min_size=1, max_size=10))
def test_jitter_of_a_clock_that_drifts_trims_nothing(jitter: list[float]) -> None:
    """The drift is corrected by resampling, so slowly that it is inaudible."""
    late = [0.0, *jitter]
    times = [time * 0.9995 + late[number % len(late)] for number, time in enumerate(with_steps(100))]

    assert len(placed(packets(times))) == pytest.approx(100 * SIZE, abs=100 * SIZE * 0.001 + 1)


def test_times_that_start_again_trim_nothing() -> None:
    """As where recordings were concatenated."""
    assert len(placed(packets([*with_steps(50), *with_steps(50)]))) == 100 * SIZE


@pytest.mark.parametrize("step", [SECONDS / 2, SECONDS * 0.9])
@pytest.mark.parametrize("count", [2, 3, 50])
def test_many_packets_with_too_little_time_are_no_splice(count: int, step: float) -> None:
    """A clock runs fast, or has a wrong time scale."""
    times = [number * step for number in range(count)]

    assert len(placed(packets(times))) == pytest.approx(count * SIZE, rel=0.01)


def test_the_errors_of_many_splices_do_not_add_up() -> None:
    """Each of less than a drift."""
    steps = {f"p{number}": SECONDS - 0.004 for number in range(10, 2000, 10)}
    times = with_steps(2000, **steps)

    samples = placed(packets(times))

    assert len(samples) / RATE == pytest.approx(times[-1] + SECONDS, abs=0.005)
    assert set(samples) == {0.5}
