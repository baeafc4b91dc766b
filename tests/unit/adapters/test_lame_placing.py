"""Placing the sound of packets, some of which are lost, late or too long."""

from collections.abc import Collection, Iterator

import numpy as np
import numpy.typing as npt
import pytest
from av.audio.frame import AudioFrame

from tracklift_adapters.lame.decoding.decode_packets import DecodedPacket
from tracklift_adapters.lame.decoding.placing import PlacedSound
from tracklift_adapters.lame.decoding.silence import FADE
from tracklift_domain.extraction.errors import ExtractionError

RATE = 8000
SIZE = 400
SECONDS = SIZE / RATE


def a_frame(value: float = 0.5, size: int = SIZE) -> AudioFrame:
    frame = AudioFrame.from_ndarray(np.full((1, size), value, np.float32), format="fltp", layout="mono")
    frame.sample_rate = RATE
    return frame


def packets(
    count: int, *, lost: Collection[int] = (), pauses: dict[int, float] | None = None, size: int = SIZE
) -> Iterator[DecodedPacket]:
    time = 0.0
    for number in range(count):
        time += (pauses or {}).get(number, 0.0)
        frames = [] if number in lost else [a_frame(size=size)]
        yield DecodedPacket(frames, number in lost, time, size / RATE, size / RATE)
        time += size / RATE


def placed(sound: PlacedSound) -> npt.NDArray[np.float32]:
    return np.concatenate([frame.to_ndarray()[0] for frame in sound.frames()])


def is_silent(samples: npt.NDArray[np.float32]) -> bool:
    return not samples.any()


def test_packets_in_time_are_not_changed() -> None:
    samples = placed(PlacedSound(packets(50), steady=True, padding=0.0))

    assert len(samples) == 50 * SIZE
    assert set(samples) == {0.5}


@pytest.mark.parametrize("lost", [{10}, {10, 11, 12}, {10, 12}, {0}, {0, 1}, {49}, {48, 49}])
def test_lost_packets_are_silent_and_reported(lost: set[int]) -> None:
    sound = PlacedSound(packets(50, lost=lost), steady=True, padding=0.0)

    samples = placed(sound)

    assert len(samples) == 50 * SIZE
    for number in range(50):
        part = samples[number * SIZE : (number + 1) * SIZE]
        assert is_silent(part) == (number in lost)
    assert sum(seconds for _, seconds in sound.lost) == pytest.approx(len(lost) * SECONDS)
    assert sound.lost[0][0] == pytest.approx(min(lost) * SECONDS)


def test_sound_around_silence_is_faded() -> None:
    samples = placed(PlacedSound(packets(50, lost={10}, pauses={30: 1.0}), steady=True, padding=0.0))

    assert np.abs(np.diff(samples)).max() <= 0.5 / (FADE * RATE)


def test_a_pause_is_silent() -> None:
    samples = placed(PlacedSound(packets(50, pauses={20: 1.5}), steady=True, padding=0.0))

    assert len(samples) == 50 * SIZE + 1.5 * RATE
    assert is_silent(samples[20 * SIZE : 20 * SIZE + round(1.5 * RATE)])


def test_the_last_packet_is_trimmed_to_its_declared_duration() -> None:
    samples = placed(PlacedSound(packets(50), steady=True, padding=0.01))

    assert len(samples) == 50 * SIZE - 80


def test_a_last_packet_that_is_short_already_is_not_trimmed() -> None:
    def short() -> Iterator[DecodedPacket]:
        yield from packets(49)
        yield DecodedPacket(
            [a_frame(size=100)], is_lost=False, time=49 * SECONDS, seconds=100 / RATE, declared=None
        )

    samples = placed(PlacedSound(short(), steady=True, padding=300 / RATE))

    assert len(samples) == 49 * SIZE + 100


def test_a_last_packet_whose_duration_is_unknown_is_played_whole() -> None:
    """The demuxer computes one from the header then."""
    coming = list(packets(50))
    coming[-1].declared = 100 / RATE

    assert len(placed(PlacedSound(iter(coming), steady=True, padding=None))) == 50 * SIZE


def test_without_a_steady_clock_the_last_packet_is_not_trimmed() -> None:
    assert len(placed(PlacedSound(packets(50), steady=False, padding=0.01))) == 50 * SIZE


@pytest.mark.parametrize("count", [0, 5, 1000])
def test_a_track_without_any_decodable_packet_is_corrupt(count: int) -> None:
    with pytest.raises(ExtractionError, match="corrupt_media"):
        PlacedSound(packets(count, lost=set(range(count))), steady=True, padding=0.0)


def test_a_drifting_clock_is_followed() -> None:
    def drifting() -> Iterator[DecodedPacket]:
        for number in range(4000):
            yield DecodedPacket(
                [a_frame()],
                is_lost=False,
                time=number * SECONDS * 1.0005,
                seconds=SECONDS,
                declared=SECONDS,
            )

    samples = placed(PlacedSound(drifting(), steady=True, padding=0.0))

    assert len(samples) / RATE == pytest.approx(4000 * SECONDS * 1.0005, abs=0.025)
    assert np.abs(samples - 0.5).max() < 1e-6
