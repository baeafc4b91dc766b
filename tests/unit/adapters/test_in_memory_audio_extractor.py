"""The extractor in memory keeps the contract of extractors, and stands still or fails when it is told to."""

import asyncio
import contextlib

import pytest
from typing_extensions import override

from tests.contracts.audio_extractor import TRACK, AudioExtractorContract, a_plan, made
from tests.media.readers import BytesVideo
from tracklift_adapters.in_memory.audio_extractor import InMemoryAudioExtractor
from tracklift_adapters.in_memory.video import in_memory_video
from tracklift_domain.extraction.damage import Damage
from tracklift_domain.extraction.errors import ExtractionError
from tracklift_domain.extraction.failure import FailureCode
from tracklift_domain.extraction.ports import AudioExtractor
from tracklift_domain.media.ports import SeekableReader


def a_video() -> SeekableReader:
    return BytesVideo(in_memory_video(TRACK))


class TestInMemoryAudioExtractor(AudioExtractorContract):
    @pytest.fixture
    @override
    def extractor(self) -> AudioExtractor:
        self.made = InMemoryAudioExtractor()
        return self.made

    @override
    def video(self) -> SeekableReader:
        return a_video()

    @override
    def damaged_video(self) -> SeekableReader:
        return BytesVideo(in_memory_video(TRACK, seconds=[0.0]))

    @override
    def left_behind(self) -> list[str]:
        return ["an extraction"] * self.made.open


@pytest.mark.parametrize("cut_off", [None, 0.0, 0.5])
async def test_tells_the_damage_that_the_video_names(cut_off: float | None) -> None:
    damage = Damage(seconds=0.75, at=(0.25, 1.0), cut_off=cut_off)

    audio, _ = await made(
        InMemoryAudioExtractor(), BytesVideo(in_memory_video(TRACK, damage=damage)), a_plan()
    )

    assert audio.damage == damage


async def test_stands_still_until_it_may_go_on() -> None:
    """What happens while a conversion runs can be looked at in peace."""
    extractor = InMemoryAudioExtractor()
    extractor.block()
    task = asyncio.ensure_future(made(extractor, a_video(), a_plan()))
    await extractor.begun.wait()
    assert not task.done()
    assert extractor.open == 1

    extractor.go_on()

    audio, _ = await task
    assert audio.decoded == TRACK.duration
    assert extractor.plans == [a_plan()]
    assert extractor.open == 0


async def test_can_be_cancelled_while_it_stands_still() -> None:
    """A cancellation goes through a block."""
    extractor = InMemoryAudioExtractor()
    extractor.block()
    task = asyncio.ensure_future(made(extractor, a_video(), a_plan()))
    await extractor.begun.wait()

    task.cancel()

    with contextlib.suppress(asyncio.CancelledError):
        await task
    assert extractor.open == 0


async def test_fails_as_often_as_it_is_told_to() -> None:
    """Each failure is used once, then all is well again."""
    extractor = InMemoryAudioExtractor()
    extractor.fail_next(ExtractionError(FailureCode.TIMED_OUT, "It took too long."), ZeroDivisionError())

    with pytest.raises(ExtractionError, match="It took too long"):
        await made(extractor, a_video(), a_plan())
    with pytest.raises(ZeroDivisionError):
        await made(extractor, a_video(), a_plan())
    await made(extractor, a_video(), a_plan())

    assert len(extractor.plans) == 3
