"""The tag has the plan's tags and chapters, the cover of the video, and the encoder."""

from dataclasses import replace

import pytest

from tests.contracts.audio_extractor import a_plan
from tests.media.mp3 import id3_tag
from tests.media.readers import BytesVideo
from tracklift_adapters.lame.encoding.library import version
from tracklift_adapters.lame.mp3.id3 import Id3Tag, Picture
from tracklift_adapters.lame.tagging import tag_of
from tracklift_domain.extraction.chapters import Chapter
from tracklift_domain.extraction.tags import CoverPicture

ENCODER = ("encoder", f"LAME {version()}")
VIDEO = b"in front\xff\xd8\xff pictureand behind"
COVER = CoverPicture(media_type="image/jpeg", position=8, size=11)


def written(tag: Id3Tag, duration: float = 4.0) -> bytes:
    return tag.head + tag.rest(duration)


def test_always_names_the_encoder() -> None:
    assert written(tag_of(BytesVideo(VIDEO), a_plan())) == id3_tag([ENCODER])


def test_has_the_texts_and_the_cover() -> None:
    plan = replace(a_plan(title="A title"), cover=COVER)

    found = written(tag_of(BytesVideo(VIDEO), plan))

    assert found == id3_tag([("title", "A title"), ENCODER], Picture("image/jpeg", b"\xff\xd8\xff picture"))


@pytest.mark.parametrize("end", [0, 8, 18])
def test_has_no_cover_if_a_part_of_it_is_missing(end: int) -> None:
    tag = tag_of(BytesVideo(VIDEO[:end]), replace(a_plan(), cover=COVER))

    assert written(tag) == id3_tag([ENCODER])


def test_has_the_chapters_up_to_the_end() -> None:
    chapters = (Chapter(0.0, "One"), Chapter(3.0, "Two"), Chapter(4.0, "Three"))
    plan = replace(a_plan(), chapters=chapters)

    found = written(tag_of(BytesVideo(VIDEO), plan), 4.0)

    assert found == id3_tag([ENCODER], chapters=chapters, duration=4.0)
    assert b"Two" in found
    assert b"Three" not in found
