"""What every audio extractor must do."""

import asyncio
import contextlib
import threading
from abc import abstractmethod
from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise
from typing import Any

import pytest

from tests.contracts.video_inspector import UnreachableVideo
from tests.selection import thorough
from tracklift_domain.errors import ServiceUnavailableError
from tracklift_domain.extraction.audio import ExtractedAudio
from tracklift_domain.extraction.audio_track import AudioTrack
from tracklift_domain.extraction.errors import ExtractionError
from tracklift_domain.extraction.failure import FailureCode
from tracklift_domain.extraction.options import AudioOptions
from tracklift_domain.extraction.plan import ExtractionPlan, plan_extraction
from tracklift_domain.extraction.ports import AudioExtractor
from tracklift_domain.extraction.progress import Progress
from tracklift_domain.extraction.video_traits import VideoTraits
from tracklift_domain.media.ports import SeekableReader

SECONDS = 4.0
"""How long the audio of the contract's videos is."""
TRACK = AudioTrack(codec="mp4a", sample_rate=44100, channels=2, duration=SECONDS)
UNDECLARED = replace(TRACK, duration=None)
EXACT = 0.05
"""Seconds by which an MP3 may differ from its source."""
LARGEST_CHUNK = 4 * 1024**2


def a_plan(track: AudioTrack = TRACK, *, longest: float = 3600, **options: Any) -> ExtractionPlan:
    """Plan what to make of a track; `options` are those of `AudioOptions`."""
    return plan_extraction(VideoTraits(audio_tracks=(track,)), AudioOptions(**options), longest=longest)


def ignore(_: Progress) -> None:
    """Take a report and do nothing."""


async def bytes_of(audio: ExtractedAudio) -> bytes:
    return b"".join([chunk async for chunk in audio.chunks()])


async def made(
    extractor: AudioExtractor,
    video: SeekableReader,
    plan: ExtractionPlan,
    report: Callable[[Progress], None] = ignore,
) -> tuple[ExtractedAudio, bytes]:
    """Extract, and give what is told about the MP3 and the MP3."""
    async with extractor.extract(video, plan, report) as audio:
        return audio, await bytes_of(audio)


async def failure_of(extractor: AudioExtractor, video: SeekableReader, plan: ExtractionPlan) -> FailureCode:
    """Extract in vain, and give the code of the failure."""
    with pytest.raises(ExtractionError) as raised:
        await made(extractor, video, plan)
    return raised.value.failure.code


class ExtractedAudioContract:
    """What is made of a video, and how it fails: mostly the work of an engine. Inherited by tests of each engine."""

    @pytest.fixture
    @abstractmethod
    def extractor(self) -> AudioExtractor:
        """Give an extractor."""
        raise NotImplementedError

    @abstractmethod
    def video(self) -> SeekableReader:
        """Open a video whose one audio track is `TRACK`."""
        raise NotImplementedError

    @abstractmethod
    def damaged_video(self) -> SeekableReader:
        """Open a video of whose audio nothing can be decoded."""
        raise NotImplementedError

    @abstractmethod
    def left_behind(self) -> list[str]:
        """Name what extractions have left: processes, files, folders, open files."""
        raise NotImplementedError

    async def test_makes_as_much_audio_as_the_video_has(self, extractor: AudioExtractor) -> None:
        audio, content = await made(extractor, self.video(), a_plan())

        assert audio.duration == pytest.approx(SECONDS, abs=EXACT)
        assert audio.decoded == pytest.approx(SECONDS, abs=EXACT)
        assert audio.size == len(content) > 0
        assert self.left_behind() == []

    async def test_makes_only_the_part_that_is_asked_for(self, extractor: AudioExtractor) -> None:
        audio, _ = await made(extractor, self.video(), a_plan(start=0.5, end=1.75))

        assert audio.duration == pytest.approx(1.25, abs=0.001)
        assert audio.decoded == pytest.approx(1.25, abs=0.001)

    async def test_ends_with_the_audio_where_the_part_reaches_further(
        self, extractor: AudioExtractor
    ) -> None:
        audio, _ = await made(extractor, self.video(), a_plan(start=3.5, end=100))

        assert audio.decoded == pytest.approx(0.5, abs=EXACT)

    @pytest.mark.parametrize("bitrate", [64, *thorough([320])])
    async def test_tells_the_constant_bitrate(self, extractor: AudioExtractor, bitrate: int) -> None:
        audio, content = await made(extractor, self.video(), a_plan(bitrate=bitrate))

        assert audio.bitrate == bitrate
        assert len(content) == pytest.approx(SECONDS * bitrate * 1000 / 8, rel=0.1)

    async def test_tells_the_average_of_a_variable_bitrate(self, extractor: AudioExtractor) -> None:
        audio, content = await made(extractor, self.video(), a_plan(quality=4))

        assert audio.bitrate == pytest.approx(len(content) * 8 / SECONDS / 1000, rel=0.1)

    async def test_takes_a_plan_again_with_the_same_open_video(self, extractor: AudioExtractor) -> None:
        video = self.video()

        assert (await made(extractor, video, a_plan()))[1] == (await made(extractor, video, a_plan()))[1]

    async def test_fails_where_nothing_can_be_decoded(self, extractor: AudioExtractor) -> None:
        assert await failure_of(extractor, self.damaged_video(), a_plan()) is FailureCode.CORRUPT_MEDIA
        assert self.left_behind() == []

    async def test_decodes_audio_of_unknown_duration(self, extractor: AudioExtractor) -> None:
        audio, _ = await made(extractor, self.video(), a_plan(UNDECLARED))

        assert audio.decoded == pytest.approx(SECONDS, abs=EXACT)

    async def test_refuses_audio_that_turns_out_too_long(self, extractor: AudioExtractor) -> None:
        plan = a_plan(UNDECLARED, longest=1.5)

        assert await failure_of(extractor, self.video(), plan) is FailureCode.TOO_LONG
        assert self.left_behind() == []

    async def test_refuses_a_part_that_turns_out_to_lie_behind_the_end(
        self, extractor: AudioExtractor
    ) -> None:
        plan = a_plan(UNDECLARED, start=5)

        assert await failure_of(extractor, self.video(), plan) is FailureCode.OUTSIDE_AUDIO
        assert self.left_behind() == []

    async def test_tells_how_much_was_decoded_of_what_was_declared(self, extractor: AudioExtractor) -> None:
        audio, _ = await made(extractor, self.video(), a_plan(replace(TRACK, duration=9.0)))

        assert audio.decoded == pytest.approx(SECONDS, abs=EXACT)

    async def test_takes_no_declared_duration_for_sound(self, extractor: AudioExtractor) -> None:
        plan = a_plan(replace(TRACK, duration=9.0), start=6)

        assert await failure_of(extractor, self.video(), plan) is FailureCode.OUTSIDE_AUDIO

    @pytest.mark.parametrize("declared", [0.0, 9.0, *thorough([0.5, 3600.0])])
    async def test_makes_all_of_the_sound_whatever_the_file_declares(
        self, extractor: AudioExtractor, declared: float
    ) -> None:
        audio, _ = await made(extractor, self.video(), a_plan(replace(TRACK, duration=declared)))

        assert audio.duration == pytest.approx(SECONDS, abs=EXACT)
        assert audio.damage is None

    async def test_passes_on_that_the_storage_is_away(self, extractor: AudioExtractor) -> None:
        with pytest.raises(ServiceUnavailableError):
            await made(extractor, UnreachableVideo(b"whatever"), a_plan())

        assert self.left_behind() == []

    async def test_leaves_nothing_when_it_is_cancelled_at_work(self, extractor: AudioExtractor) -> None:
        began: list[float] = []
        loop = asyncio.get_running_loop()

        def cancel(_: Progress) -> None:
            began.append(loop.time())
            task.cancel()

        task = asyncio.ensure_future(made(extractor, self.video(), a_plan(), cancel))
        with contextlib.suppress(asyncio.CancelledError):
            await task

        assert task.cancelled()
        assert loop.time() - began[0] < 1
        assert self.left_behind() == []


class AudioExtractorContract(ExtractedAudioContract):
    """All of it, with what an extractor does for whatever engine. Inherited by the tests of each extractor."""

    async def test_gives_the_bytes_from_the_first_one_each_time(self, extractor: AudioExtractor) -> None:
        async with extractor.extract(self.video(), a_plan(), ignore) as audio:
            abandoned = audio.chunks()
            assert await anext(abandoned)

            first, second = await asyncio.gather(bytes_of(audio), bytes_of(audio))

        assert first == second
        assert len(first) == audio.size
        assert self.left_behind() == []

    async def test_gives_chunks_of_bounded_size(self, extractor: AudioExtractor) -> None:
        async with extractor.extract(self.video(), a_plan(), ignore) as audio:
            sizes = [len(chunk) async for chunk in audio.chunks()]

        assert min(sizes) > 0
        assert max(sizes) <= LARGEST_CHUNK

    async def test_makes_the_same_of_the_same(self, extractor: AudioExtractor) -> None:
        first = await made(extractor, self.video(), a_plan())
        second = await made(extractor, self.video(), a_plan())

        assert first[1] == second[1]

    async def test_works_on_several_at_once(self, extractor: AudioExtractor) -> None:
        plans = [a_plan(), a_plan(end=1), a_plan(start=3, bitrate=96)]

        results = await asyncio.gather(*(made(extractor, self.video(), plan) for plan in plans))

        assert [audio.decoded for audio, _ in results] == [pytest.approx(s, abs=EXACT) for s in (4, 1, 1)]
        assert self.left_behind() == []

    async def test_reports_on_the_loop_seldom_and_never_backwards(self, extractor: AudioExtractor) -> None:
        reports: list[tuple[float, float, int]] = []
        loop = asyncio.get_running_loop()

        def note(progress: Progress) -> None:
            reports.append((loop.time(), progress.fraction, threading.get_ident()))

        await made(extractor, self.video(), a_plan(), note)

        assert reports
        assert all(0 <= fraction <= 1 for _, fraction, _ in reports)
        assert all(before[1] <= after[1] for before, after in pairwise(reports))
        assert all(after[0] - before[0] >= 0.499 for before, after in pairwise(reports))
        assert {thread for _, _, thread in reports} == {threading.get_ident()}

    async def test_leaves_the_video_open(self, extractor: AudioExtractor) -> None:
        video = self.video()
        await made(extractor, video, a_plan())

        video.seek(0)
        assert len(video.read(10)) == 10

    async def test_leaves_nothing_when_its_user_fails(self, extractor: AudioExtractor) -> None:
        with pytest.raises(ZeroDivisionError):
            async with extractor.extract(self.video(), a_plan(), ignore):
                raise ZeroDivisionError

        assert self.left_behind() == []

    async def test_leaves_nothing_when_it_is_cancelled_at_once(self, extractor: AudioExtractor) -> None:
        task = asyncio.ensure_future(made(extractor, self.video(), a_plan()))
        await asyncio.sleep(0)
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task

        assert task.cancelled()
        assert self.left_behind() == []

    async def test_leaves_nothing_when_it_is_cancelled_while_the_audio_is_read(
        self, extractor: AudioExtractor
    ) -> None:
        reading = asyncio.Event()

        async def read() -> None:
            async with extractor.extract(self.video(), a_plan(), ignore) as audio:
                async for _ in audio.chunks():
                    reading.set()
                    await asyncio.Event().wait()

        task = asyncio.ensure_future(read())
        await reading.wait()
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task

        assert self.left_behind() == []
