"""Inspecting and demuxing a video in GridFS, with one reader, as a conversion does."""

import asyncio
from pathlib import Path

import av
import pytest
from av.stream import Discard
from typing_extensions import override

from tests.integration.gridfs_watch import watched
from tests.media import ffmpeg
from tests.media.readers import BytesVideo
from tests.selection import thorough
from tracklift_adapters.mp4.inspector import Mp4Inspector
from tracklift_domain.media.ports import SeekableReader

pytestmark = [
    pytest.mark.network,
    pytest.mark.media,
    pytest.mark.shared_database,
    pytest.mark.measured_elsewhere,
]
CHUNK = 16 * 1024
"""Bytes: a sixteenth of what is usual, as the pictures are that much smaller, too."""
FORMS = {
    "index at the end": ("10", []),
    "index at the front": ("10", ["-movflags", "+faststart"]),
    "few pictures": ("1", []),
}
FRAGMENTS = ["-movflags", "+empty_moov+default_base_moof", "-frag_duration", "1000000"]


class NotedVideo(BytesVideo):
    """A video that notes which chunks are needed of it."""

    def __init__(self, content: bytes) -> None:
        super().__init__(content)
        self.needed: set[int] = set()

    @override
    def read(self, size: int = -1, /) -> bytes:
        start = self.tell()
        found = super().read(size)
        self.needed.update(range(start // CHUNK, -(-(start + len(found)) // CHUNK)))
        return found


def make(path: Path, rate: str, options: list[str]) -> bytes:
    """Make a video of a minute and a half whose pictures are noise; it takes 9 MB with 10 pictures in a second."""
    source = ["-f", "rawvideo", "-pixel_format", "rgb24", "-video_size", "64x48", "-framerate", rate]
    ffmpeg.run(
        *(*source, "-t", "90", "-i", "/dev/urandom", "-f", "lavfi", "-i", "sine=duration=90"),
        *("-c:v", "rawvideo", "-c:a", "aac", *options, "-f", "mov", str(path)),
    )
    return path.read_bytes()


def demux(video: SeekableReader) -> int:
    """Give the bytes of all sound in a video."""
    video.seek(0)
    with av.open(video, "r", format="mov", buffer_size=2048) as container:
        sound = container.streams.audio[0]
        container.streams.video[0].discard = Discard.all
        return sum(packet.size for packet in container.demux(sound))


async def needed(content: bytes) -> set[int]:
    """Give the chunks that inspecting and demuxing need."""
    video = NotedVideo(content)
    await Mp4Inspector().inspect(video)
    await asyncio.to_thread(demux, video)
    return video.needed


@pytest.mark.parametrize("form", [next(iter(FORMS)), *thorough(list(FORMS)[1:])])
async def test_inspecting_and_demuxing_fetch_each_chunk_once(
    mongodb_url: str, tmp_path: Path, form: str
) -> None:
    """The demuxer waits for a few of them; the others come in the background."""
    content = make(tmp_path / "video.mov", *FORMS[form])
    with watched(mongodb_url, content, chunk_size=CHUNK) as (reader, watch):
        traits = await Mp4Inspector().inspect(reader)
        ranges = traits.audio_tracks[0].byte_ranges
        assert ranges is not None
        reader.expect(ranges)
        sound = await asyncio.to_thread(demux, reader)

    assert traits.audio_tracks[0].duration == pytest.approx(90, abs=0.1)
    assert sound > 400_000
    assert watch.fetched == dict.fromkeys(await needed(content), 1)
    assert len(watch.by_the_reader) <= 9


# In each run, nothing is fetched that is not needed of ranges that are expected; see test_mongodb_read_ahead.
@pytest.mark.thorough
async def test_of_fragments_few_chunks_are_fetched_that_are_not_needed(
    mongodb_url: str, tmp_path: Path
) -> None:
    """In each, the pictures of a second lie together, and so does the sound."""
    content = make(tmp_path / "video.mov", "10", FRAGMENTS)
    with watched(mongodb_url, content, chunk_size=CHUNK) as (reader, watch):
        await Mp4Inspector().inspect(reader)
        await asyncio.to_thread(demux, reader)

    wanted = await needed(content)
    assert len(wanted) < 0.4 * len(content) / CHUNK
    assert watch.fetched.keys() >= wanted
    assert len(watch.fetched.keys() - wanted) <= 0.15 * len(wanted)
