"""Which samples an MP3 is made of."""

from typing import Any

import pytest

from tracklift_domain.extraction.audio_track import AudioTrack
from tracklift_domain.extraction.errors import ExtractionError
from tracklift_domain.extraction.failure import FailureCode
from tracklift_domain.extraction.options import AudioOptions
from tracklift_domain.extraction.plan import plan_extraction
from tracklift_domain.extraction.sample_range import SampleRange
from tracklift_domain.extraction.video_traits import VideoTraits

RATE = 8000
BLOCK = 1000


def a_cut(*, seconds: float | None = 1.0, longest: float = 3600.0, **options: Any) -> SampleRange:
    track = AudioTrack(codec="mp4a", sample_rate=RATE, channels=1, duration=seconds)
    traits = VideoTraits(audio_tracks=(track,))
    return SampleRange(plan_extraction(traits, AudioOptions(**options), longest=longest))


def taken(cut: SampleRange, samples: int) -> list[int]:
    """Give the numbers of the samples that are taken of so many, which come in blocks."""
    numbers: list[int] = []
    for start in range(0, samples, BLOCK):
        block = range(start, min(start + BLOCK, samples))
        numbers += block[cut.next(len(block))]
    return numbers


def failure_of(cut: SampleRange) -> FailureCode:
    with pytest.raises(ExtractionError) as raised:
        cut.require_audio()
    return raised.value.failure.code


def test_without_start_and_end_all_is_taken() -> None:
    cut = a_cut()

    assert taken(cut, 8100) == list(range(8100))
    assert cut.taken == 8100
    assert not cut.is_complete
    cut.require_audio()


@pytest.mark.parametrize(("start", "end"), [(0.0, 0.5), (0.3, 0.55), (0.25, 0.375), (0.9, 2.0)])
def test_a_part_is_taken_to_the_sample_wherever_blocks_begin(start: float, end: float) -> None:
    cut = a_cut(start=start, end=end)

    assert taken(cut, RATE) == list(range(round(start * RATE), min(round(end * RATE), RATE)))


def test_it_is_complete_with_the_last_sample_of_the_part() -> None:
    cut = a_cut(end=0.25)

    assert cut.next(1999) == slice(0, 1999)
    assert not cut.is_complete
    assert cut.next(1) == slice(0, 1)
    assert cut.is_complete


@pytest.mark.parametrize(
    ("seconds", "options", "expected"),
    [(2.0, {}, 16000), (2.0, {"start": 0.5}, 16000), (2.0, {"end": 1.5}, 12000), (2.0, {"end": 9}, 16000)],
)
def test_expects_what_the_file_declares_up_to_the_end_of_the_part(
    seconds: float, options: dict[str, float], expected: int
) -> None:
    assert a_cut(seconds=seconds, **options).expected == expected


def test_expects_the_longest_audio_where_the_file_declares_nothing() -> None:
    assert a_cut(seconds=None, longest=60).expected == 60 * RATE


def test_expects_to_take_nothing_of_what_lies_before_the_start() -> None:
    assert a_cut(seconds=2.0, start=0.5, end=1.5).expected_taken == RATE


def test_the_fraction_grows_to_one_and_no_further() -> None:
    cut = a_cut()

    fractions = [cut.fraction]
    for _ in range(10):
        cut.next(BLOCK)
        fractions.append(cut.fraction)

    assert fractions == [0.0, 0.125, 0.25, 0.375, 0.5, 0.625, 0.75, 0.875, 1.0, 1.0, 1.0]


def test_audio_above_the_limit_is_refused_as_soon_as_it_comes() -> None:
    cut = a_cut(seconds=None, longest=1.0)

    assert len(taken(cut, 2 * RATE)) == 2 * RATE
    with pytest.raises(ExtractionError) as raised:
        cut.next(1)
    assert raised.value.failure.code is FailureCode.TOO_LONG


def test_a_video_of_which_nothing_is_decoded_is_damaged() -> None:
    assert failure_of(a_cut()) is FailureCode.CORRUPT_MEDIA


@pytest.mark.parametrize("declared", [None, 0.1, 1.0])
def test_a_start_behind_the_audio_is_outside_whatever_the_file_declares(declared: float | None) -> None:
    cut = a_cut(seconds=declared, start=0.5)
    cut.next(RATE // 4)

    assert failure_of(cut) is FailureCode.OUTSIDE_AUDIO
