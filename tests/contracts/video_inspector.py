"""What every video inspector must do."""

import asyncio
from abc import abstractmethod
from collections.abc import Sequence

import pytest
from typing_extensions import override

from tests.media.readers import BytesVideo
from tracklift_domain.errors import ServiceUnavailableError
from tracklift_domain.extraction.audio_track import AudioTrack
from tracklift_domain.extraction.errors import ExtractionError
from tracklift_domain.extraction.failure import FailureCode
from tracklift_domain.extraction.ports import VideoInspector

STEREO = AudioTrack(codec="mp4a", sample_rate=44100, channels=2, duration=4.0)
MONO = AudioTrack(codec="mp4a", sample_rate=48000, channels=1, duration=2.0)

TAGS = [("title", "Grüße 🎵"), ("artist", "Ada"), ("date", "2024-05-17"), ("comment", "one\ntwo")]
PNG = b"\x89PNG\r\n\x1a\n" + bytes(range(256))


class UnreachableVideo(BytesVideo):
    """A video whose storage went away."""

    @override
    def read(self, size: int = -1, /) -> bytes:
        raise ServiceUnavailableError("media store", "it was switched off")


class VideoInspectorContract:
    """Inherited by the tests of each inspector."""

    @pytest.fixture
    @abstractmethod
    def inspector(self) -> VideoInspector:
        """Give an inspector."""
        raise NotImplementedError

    @abstractmethod
    def video(self, *tracks: AudioTrack, tags: Sequence[tuple[str, str]] = (), cover: bytes = b"") -> bytes:
        """Make a video with these audio tracks, tags and cover (PNG), such as the inspector understands."""
        raise NotImplementedError

    async def test_finds_the_audio_tracks_in_their_order(self, inspector: VideoInspector) -> None:
        traits = await inspector.inspect(BytesVideo(self.video(STEREO, MONO)))

        found = traits.audio_tracks
        assert [(track.codec, track.sample_rate, track.channels) for track in found] == [
            ("mp4a", 44100, 2),
            ("mp4a", 48000, 1),
        ]
        assert [track.duration for track in found] == [
            pytest.approx(4.0, abs=0.05),
            pytest.approx(2.0, abs=0.05),
        ]

    async def test_finds_nothing_in_a_video_without_sound(self, inspector: VideoInspector) -> None:
        assert (await inspector.inspect(BytesVideo(self.video()))).audio_tracks == ()

    async def test_finds_the_tags(self, inspector: VideoInspector) -> None:
        traits = await inspector.inspect(BytesVideo(self.video(STEREO, tags=TAGS)))

        assert traits.tags == tuple(TAGS)
        assert traits.cover is None

    async def test_finds_where_the_cover_lies(self, inspector: VideoInspector) -> None:
        content = self.video(STEREO, cover=PNG)
        cover = (await inspector.inspect(BytesVideo(content))).cover

        assert cover is not None
        assert cover.media_type == "image/png"
        assert content[cover.position : cover.position + cover.size] == PNG

    async def test_finds_neither_where_there_are_none(self, inspector: VideoInspector) -> None:
        traits = await inspector.inspect(BytesVideo(self.video(STEREO)))

        assert (traits.tags, traits.cover) == ((), None)

    @pytest.mark.parametrize("content", [b"", b"a", b"not a video\n" * 100, bytes(1000)])
    async def test_refuses_what_is_not_a_video(self, inspector: VideoInspector, content: bytes) -> None:
        with pytest.raises(ExtractionError) as raised:
            await inspector.inspect(BytesVideo(content))

        assert raised.value.failure.code is FailureCode.NOT_A_VIDEO

    async def test_refuses_a_video_without_its_end(self, inspector: VideoInspector) -> None:
        whole = self.video(STEREO)

        with pytest.raises(ExtractionError) as raised:
            await inspector.inspect(BytesVideo(whole[:-5]))

        assert raised.value.failure.code is FailureCode.CORRUPT_MEDIA

    async def test_finds_the_same_wherever_the_reader_stands(self, inspector: VideoInspector) -> None:
        video = BytesVideo(self.video(STEREO))
        first = await inspector.inspect(video)
        video.seek(0, 2)

        assert await inspector.inspect(video) == first

    async def test_leaves_the_reader_open(self, inspector: VideoInspector) -> None:
        content = self.video(STEREO)
        video = BytesVideo(content)
        await inspector.inspect(video)
        video.seek(0)

        assert video.read() == content

    async def test_looks_into_many_videos_at_once(self, inspector: VideoInspector) -> None:
        contents = [self.video(STEREO), self.video(), self.video(MONO, STEREO)] * 5

        found = await asyncio.gather(*(inspector.inspect(BytesVideo(content)) for content in contents))

        assert [len(traits.audio_tracks) for traits in found] == [1, 0, 2] * 5

    async def test_passes_on_that_the_storage_is_away(self, inspector: VideoInspector) -> None:
        with pytest.raises(ServiceUnavailableError):
            await inspector.inspect(UnreachableVideo(self.video(STEREO)))
