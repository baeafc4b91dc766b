"""The ID3 tag of an MP3: the plan's tags, cover and chapters, and the encoder."""

from tracklift_adapters.lame.encoding.library import version
from tracklift_adapters.lame.mp3.id3 import Id3Tag, Picture
from tracklift_domain.extraction.plan import ExtractionPlan
from tracklift_domain.extraction.tags import CoverPicture
from tracklift_domain.media.ports import SeekableReader


def tag_of(video: SeekableReader, plan: ExtractionPlan) -> Id3Tag:
    """Create the tag. The cover is read from the video, which no decoder may use meanwhile.

    Raises:
        ServiceUnavailableError: the video's storage can't be reached.
    """
    encoder = ("encoder", f"LAME {version()}")
    picture = None if plan.cover is None else _picture(video, plan.cover)
    return Id3Tag((*plan.tags, encoder), picture, plan.chapters)


def _picture(video: SeekableReader, cover: CoverPicture) -> Picture | None:
    """Read a picture; `None`: the video ends before it does."""
    video.seek(cover.position)
    data = video.read(cover.size)
    return Picture(cover.media_type, data) if len(data) == cover.size else None
