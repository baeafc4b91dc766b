import asyncio

from typing_extensions import override

from tracklift_adapters.mp4.movie import read_traits
from tracklift_adapters.mp4.structure.byte_source import ByteSource
from tracklift_domain.extraction.ports import VideoInspector
from tracklift_domain.extraction.video_traits import VideoTraits
from tracklift_domain.media.ports import SeekableReader


class Mp4Inspector(VideoInspector):
    """Reads the index of an MP4 or QuickTime file in a thread, never the media.

    Each audio track's `codec` is the code of its sample entry, except that MPEG layer III is `.mp3` in whichever
    way it is stored. Rate and channels are those of the configuration, or else of the sample entry. The tracks are
    those that libavformat counts as audio, in the same order, disabled ones too. The video's reader is left open, at
    any position.
    """

    @override
    async def inspect(self, video: SeekableReader) -> VideoTraits:
        source = ByteSource(video)
        reading = asyncio.ensure_future(asyncio.to_thread(read_traits, source))
        try:
            return await asyncio.shield(reading)
        except asyncio.CancelledError:
            # The caller closes the video next, so no thread may still be reading it.
            source.stop()
            await asyncio.wait([reading])
            raise
