"""The tag of an MP3: what the plan says of the music, the cover, the chapters, and what encoded it."""

from tracklift_adapters.lame.id3 import Id3Tag, Picture
from tracklift_adapters.lame.library import version
from tracklift_domain.extraction.plan import ExtractionPlan
from tracklift_domain.extraction.tags import CoverPicture
from tracklift_domain.media.ports import SeekableReader


def tag_of(video: SeekableReader, plan: ExtractionPlan) -> Id3Tag:
    """Prepare the tag. The cover is read from the video, which must not be in use by a decoder meanwhile.

    Raises:
        ServiceUnavailableError: the video's storage can't be reached.
    """
    encoder = ("encoder", f"LAME {version()}")
    picture = None if plan.cover is None else _picture(video, plan.cover)
    return Id3Tag((*plan.tags, encoder), picture, plan.chapters)


def _picture(video: SeekableReader, cover: CoverPicture) -> Picture | None:
    """Read a picture; none where the video ends before."""
    video.seek(cover.position)
    data = video.read(cover.size)
    return Picture(cover.media_type, data) if len(data) == cover.size else None
