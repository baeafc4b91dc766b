"""The adapter that reduces videos to their sound, on the videos of the vectors of sound extracts."""

import io
import struct

import pytest
from typing_extensions import override

from tests.media.extract_vectors import VECTORS
from tracklift_adapters.sound_extract import reducer
from tracklift_adapters.sound_extract.reducer import SoundExtractReducer
from tracklift_client.sound_extract.extract import SoundExtract
from tracklift_domain.extraction.errors import NotReducibleError
from tracklift_domain.media.byte_ranges import ByteRanges
from tracklift_domain.media.file_reader import FileReader


class ReaderThatNotes(FileReader):
    """Notes what is read, and what was said beforehand to be read."""

    def __init__(self, content: bytes) -> None:
        super().__init__(io.BytesIO(content), len(content))
        self.expected: ByteRanges | None = None

    @override
    def expect(self, ranges: ByteRanges) -> None:
        self.expected = ranges


EXTRACTED = [name for name in VECTORS if not name.startswith("refused-")]
REFUSED = [name for name in VECTORS if name.startswith("refused-")]


@pytest.mark.parametrize("name", EXTRACTED)
async def test_a_video_is_reduced_to_the_bytes_that_a_client_would_send(name: str) -> None:
    """Of these it is tested that the MP3 is byte for byte the one of the whole video."""
    content = VECTORS[name]()
    video = ReaderThatNotes(content)

    reduced = b"".join([chunk async for chunk in SoundExtractReducer().reduce(video)])

    extract = SoundExtract(io.BytesIO(content))
    assert reduced == extract.read(0, extract.size)
    assert video.expected is not None
    assert len(video.expected.starts) > 0


@pytest.mark.parametrize("name", REFUSED)
async def test_a_video_without_an_extract_is_not_reduced(name: str) -> None:
    with pytest.raises(NotReducibleError):
        await anext(SoundExtractReducer().reduce(ReaderThatNotes(VECTORS[name]())))


async def test_what_is_no_video_is_not_reduced() -> None:
    with pytest.raises(NotReducibleError, match="not_mp4"):
        await anext(SoundExtractReducer().reduce(ReaderThatNotes(b"no video at all")))


@pytest.mark.parametrize("mistake", [struct.error("int too large"), IndexError(), MemoryError()])
async def test_a_video_at_which_the_planner_breaks_is_not_reduced(
    mistake: Exception, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """The conversion is done by then, so the mistake is for the log."""

    def broken(_: object) -> None:
        raise mistake

    monkeypatch.setattr(reducer, "plan_extract", broken)

    with pytest.raises(NotReducibleError):
        await anext(SoundExtractReducer().reduce(ReaderThatNotes(b"video")))

    assert [record.exc_info[1] for record in caplog.records if record.exc_info] == [mistake]
