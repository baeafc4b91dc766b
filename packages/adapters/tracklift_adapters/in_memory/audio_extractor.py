import asyncio
import hashlib
from collections import deque
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from typing_extensions import override

from tracklift_adapters.in_memory.video import InMemoryVideo, read_in_memory_video
from tracklift_domain.extraction.audio import ExtractedAudio
from tracklift_domain.extraction.errors import ExtractionError
from tracklift_domain.extraction.failure import FailureCode
from tracklift_domain.extraction.failures import outside_audio, too_long
from tracklift_domain.extraction.plan import ExtractionPlan
from tracklift_domain.extraction.ports import AudioExtractor
from tracklift_domain.extraction.progress import Progress
from tracklift_domain.extraction.sample_range import SHORTEST_AUDIO
from tracklift_domain.media.ports import SeekableReader

_TYPICAL_VARIABLE_BITRATE = 165
"""kbit/s."""
_LARGEST = 2**20
_CHUNK = 64 * 1024
_PEAKS = 1500


class InMemoryAudioExtractor(AudioExtractor):
    """Makes bytes that are no real sound out of videos of `in_memory_video`: the same for the same video and plan.

    `block` and `fail_next` let an extraction stand still or fail, for those who want to see what happens then.
    """

    def __init__(self) -> None:
        self.plans: list[ExtractionPlan] = []
        """Every plan that was begun, in order."""
        self.begun = asyncio.Event()
        """Set when an extraction has begun; a test that waits for the next one clears it."""
        self.open = 0
        """How many extractions run now, or lie here finished."""
        self._failures: deque[Exception] = deque()
        self._may_go_on = asyncio.Event()
        self._may_go_on.set()

    def block(self) -> None:
        """Let every extraction stand still half way."""
        self._may_go_on.clear()

    def go_on(self) -> None:
        """Let the extractions that stand still go on, and later ones not stop."""
        self._may_go_on.set()

    def fail_next(self, *errors: Exception) -> None:
        """Let the next extractions fail half way, one with each of these errors."""
        self._failures.extend(errors)

    @override
    @asynccontextmanager
    async def extract(
        self, video: SeekableReader, plan: ExtractionPlan, report: Callable[[Progress], None]
    ) -> AsyncIterator[ExtractedAudio]:
        self.plans.append(plan)
        self.open += 1
        self.begun.set()
        try:
            content = read_in_memory_video(video)
            report(Progress(0.5))
            await self._may_go_on.wait()
            await asyncio.sleep(0)
            if self._failures:
                raise self._failures.popleft()
            decoded = _decoded(plan, content.seconds[plan.track])
            yield _audio(content, plan, decoded)
        finally:
            self.open -= 1


def _decoded(plan: ExtractionPlan, seconds: float) -> float:
    if seconds > plan.longest:
        raise too_long(plan.longest)
    decoded = min(seconds, plan.end if plan.end is not None else seconds) - plan.start
    if decoded >= SHORTEST_AUDIO:
        return decoded
    if seconds == 0:
        raise ExtractionError(
            FailureCode.CORRUPT_MEDIA, "Nothing of the audio could be decoded: upload it again."
        )
    raise outside_audio(plan.start, seconds)


def _audio(video: InMemoryVideo, plan: ExtractionPlan, decoded: float) -> ExtractedAudio:
    bitrate = plan.encoding.bitrate or _TYPICAL_VARIABLE_BITRATE
    # No test needs an hour of them.
    size = min(round(decoded * bitrate * 1000 / 8), _LARGEST)
    content = hashlib.shake_256(repr((video, plan)).encode()).digest(size)

    async def chunks() -> AsyncIterator[bytes]:
        for position in range(0, size, _CHUNK):
            await asyncio.sleep(0)
            yield content[position : position + _CHUNK]

    return ExtractedAudio(
        size=size,
        duration=decoded,
        decoded=decoded,
        bitrate=bitrate,
        track=plan.track,
        damage=video.damage,
        peaks=hashlib.shake_256(content).digest(_PEAKS),
        chunks=chunks,
    )
