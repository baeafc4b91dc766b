"""The server finds the same in an extract as in the whole file: tracks with their times, tags, chapters, the cover."""

import io
from dataclasses import replace

import pytest

from tests.media.boxes import edit_list
from tests.media.extract_files import head_of_a_recording, heard, recording, shown
from tests.media.extract_vectors import VECTORS
from tests.media.readers import BytesVideo
from tracklift_adapters.mp4.inspector import Mp4Inspector
from tracklift_client.sound_extract.extract import SoundExtract
from tracklift_domain.extraction.video_traits import VideoTraits

EXTRACTED = [name for name in VECTORS if not name.startswith("refused-")]


def extract(content: bytes) -> bytes:
    made = SoundExtract(io.BytesIO(content))
    return made.read(0, made.size)


async def traits_of(content: bytes) -> tuple[VideoTraits, bytes]:
    """Give what the server finds, but for the place of the cover, of which it gives the bytes."""
    traits = await Mp4Inspector().inspect(BytesVideo(content))
    if traits.cover is None:
        return traits, b""
    picture = content[traits.cover.position : traits.cover.position + traits.cover.size]
    return replace(traits, cover=replace(traits.cover, position=0)), picture


@pytest.mark.parametrize("name", EXTRACTED)
async def test_of_each_vector_the_server_finds_the_same(name: str) -> None:
    content = VECTORS[name]()

    assert await traits_of(extract(content)) == await traits_of(content)


@pytest.mark.one_in(3)
@pytest.mark.parametrize("edits", [b"", edit_list((0, 1024)), edit_list((500, -1), (0, 2048))])
@pytest.mark.parametrize("sound", [0, 500, 44100, 10**9])
@pytest.mark.parametrize("pictures", [None, 0, 7, 1000])
async def test_sound_is_as_late_as_in_the_file(pictures: int | None, sound: int, edits: bytes) -> None:
    """Whichever track begins first, and whatever its edit list leaves out."""
    parts = [shown(pictures), heard(sound)], [heard(sound + 3072), shown(pictures and pictures + 40)]
    content = recording(*parts, front=head_of_a_recording(edits=edits))
    (whole,) = (await traits_of(content))[0].audio_tracks
    (made,) = (await traits_of(extract(content)))[0].audio_tracks

    assert made.delay == whole.delay
    assert made == whole


async def test_there_are_late_vectors() -> None:
    """Otherwise the cases above would prove nothing."""
    traits, _ = await traits_of(VECTORS["fragments-pictures-first"]())

    assert traits.audio_tracks[0].delay > 0


async def test_there_is_a_vector_with_all_that_describes_a_video() -> None:
    """Likewise."""
    traits, picture = await traits_of(VECTORS["tags-and-chapters"]())

    assert [chapter.title for chapter in traits.chapters] == ["Begin", "Ende"]
    assert traits.tags
    assert picture.startswith(b"\xff\xd8\xff")
