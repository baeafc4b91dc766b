from typing_extensions import override

from tracklift_adapters.in_memory.video import read_in_memory_video
from tracklift_domain.extraction.ports import VideoInspector
from tracklift_domain.extraction.video_traits import VideoTraits
from tracklift_domain.media.ports import SeekableReader


class InMemoryVideoInspector(VideoInspector):
    """Finds in a video what `in_memory_video` put into it."""

    @override
    async def inspect(self, video: SeekableReader) -> VideoTraits:
        found = read_in_memory_video(video)
        return VideoTraits(audio_tracks=found.tracks, tags=found.tags, cover=found.cover)
