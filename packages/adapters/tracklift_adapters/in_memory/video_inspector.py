from typing_extensions import override

from tracklift_adapters.in_memory.video import read_in_memory_video
from tracklift_domain.conversion.ports import SeekableReader, VideoInspector
from tracklift_domain.conversion.video import VideoTraits


class InMemoryVideoInspector(VideoInspector):
    """Finds in a video what `in_memory_video` put into it."""

    @override
    async def inspect(self, video: SeekableReader) -> VideoTraits:
        found = read_in_memory_video(video)
        return VideoTraits(audio_tracks=found.tracks, tags=found.tags, cover=found.cover)
