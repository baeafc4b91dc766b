"""Whatever the bytes are, an inspection ends with an answer or a named failure, and soon."""

import struct

from hypothesis import given
from hypothesis import strategies as st
from typing_extensions import override

from tests.media import boxes
from tests.media.boxes import (
    TrackRecipe,
    audio_file,
    edit_list,
    file_type,
    fragment,
    metadata,
    movie,
    movie_extends,
    text_item,
    track,
    video_file,
)
from tests.media.readers import BytesVideo
from tracklift_adapters.mp4.movie import read_traits
from tracklift_adapters.mp4.structure.byte_source import ByteSource
from tracklift_domain.extraction.errors import ExtractionError
from tracklift_domain.extraction.failure import FailureCode
from tracklift_domain.extraction.tags import TAG_NAMES
from tracklift_domain.extraction.video_traits import VideoTraits

PLAIN = audio_file(TrackRecipe(samples=20, edits=edit_list((400, 1024))), media=1000)
LARGE = file_type() + boxes.large_box(b"mdat", bytes(100)) + movie(track(TrackRecipe(samples=2)))
FRAGMENTED = (
    file_type()
    + movie(
        track(TrackRecipe(samples=0, stts=boxes.full_box(b"stts", bytes(4)))),
        extends=movie_extends(announced=1),
    )
    + fragment(1, 3, durations=[1024] * 3) * 2
)
TAGGED = video_file(
    track(TrackRecipe(samples=2)),
    media=100,
    user_data=boxes.box(
        b"udta",
        metadata(
            text_item(b"\xa9nam", "A title"),
            boxes.box(b"trkn", boxes.data_value(bytes([0, 0, 0, 3, 0, 12, 0, 0]), 0)),
            boxes.box(b"covr", boxes.data_value(b"\xff\xd8\xff" + bytes(40), 13)),
        ),
        boxes.user_text(b"\xa9alb", b"An album"),
    )
    + metadata(
        boxes.box(bytes([0, 0, 0, 1]), boxes.data_value(b"Ada")),
        keys=boxes.metadata_keys("com.apple.quicktime.artist"),
        full=False,
    ),
)
STREAMED = (
    boxes.initialisation(
        TrackRecipe(handler=b"vide", entry=boxes.sample_entry(b"avc1"), timescale=30),
        TrackRecipe(edits=edit_list((100, -1), (0, 1024))),
        announced=1,
    )
    + fragment(1, 1, time=30)
    + fragment(2, 3, durations=[1024, 0, 1024], time=44100)
    + fragment(2, 3, default=1024, time=44100 + 3072)
    + boxes.box(b"mfra", bytes(16))
)
QUICKTIME = video_file(
    track(
        TrackRecipe(
            entry=boxes.sample_entry(b"ima4", version=1),
            samples=640,
            stts=boxes.full_box(b"stts", struct.pack(">III", 1, 640, 1)),
            stsz=boxes.full_box(b"stsz", struct.pack(">II", 1, 640)),
            chunk_offset=boxes.media_start(),
        )
    ),
    track(TrackRecipe(samples=2, id=2, data_reference=boxes.full_box(b"url "))),
    media=1000,
    user_data=boxes.box(
        b"udta",
        metadata(
            boxes.box(
                b"----",
                boxes.full_box(b"mean", b"com.apple.iTunes"),
                boxes.full_box(b"name", b"iTunSMPB"),
                boxes.data_value(b" 00000000 00000010 00000000 0000000000000100"),
            )
        ),
    ),
)
SAMPLES = [PLAIN, LARGE, FRAGMENTED, TAGGED, STREAMED, QUICKTIME]
TELLING_NUMBERS = st.sampled_from(
    [0, 1, 2, 7, 8, 9, 16, 255, 2**16, 2**24, 2**31 - 1, 2**31, 2**32 - 8, 2**32 - 1]
)
MOST_READ = 2**20
"""Bytes that may be read of a file of two kilobytes: a window for each box, none larger than the file."""


class CountingVideo(BytesVideo):
    """Notices reads that no honest index asks for."""

    def __init__(self, content: bytes) -> None:
        super().__init__(content)
        self.bytes_read = 0

    @override
    def read(self, size: int = -1, /) -> bytes:
        assert 0 <= size <= self.size
        self.bytes_read += size
        return super().read(size)


def check(content: bytes) -> None:
    video = CountingVideo(content)
    outcome: VideoTraits | ExtractionError
    try:
        outcome = read_traits(ByteSource(video))
    except ExtractionError as error:
        outcome = error
    if isinstance(outcome, ExtractionError):
        assert outcome.failure.code in {FailureCode.NOT_A_VIDEO, FailureCode.CORRUPT_MEDIA}
        assert outcome.failure.detail.endswith(".")
    else:
        assert all(found.duration is None or found.duration >= 0 for found in outcome.audio_tracks)
        assert all(len(text) <= len(content) and name in TAG_NAMES for name, text in outcome.tags)
        cover = outcome.cover
        assert cover is None or 0 < cover.position < cover.position + cover.size <= len(content)
        assert all(found.channels >= 0 and found.sample_rate >= 0 for found in outcome.audio_tracks)
        assert all(found.delay >= 0 and (found.missing or 0) >= 0 for found in outcome.audio_tracks)
        assert outcome.readable is None or 0 < outcome.readable <= len(content)
    assert video.bytes_read <= MOST_READ


@given(content=st.binary(max_size=300))
def test_any_bytes(content: bytes) -> None:
    """Noise behind a file type, and noise alone."""
    check(content)
    check(file_type() + content)


@given(whole=st.sampled_from(SAMPLES), data=st.data())
def test_numbers_that_lie(whole: bytes, data: st.DataObject) -> None:
    """Sizes, counts and offsets are replaced, wherever they are."""
    changed = bytearray(whole)
    for _ in range(data.draw(st.integers(1, 4))):
        position = data.draw(st.integers(0, len(changed) - 4))
        changed[position : position + 4] = struct.pack(">I", data.draw(TELLING_NUMBERS))
    check(bytes(changed))


@given(whole=st.sampled_from(SAMPLES), data=st.data())
def test_pieces_that_are_missing_or_doubled(whole: bytes, data: st.DataObject) -> None:
    """A piece is cut out, or put in once more elsewhere."""
    begin = data.draw(st.integers(0, len(whole)))
    end = data.draw(st.integers(begin, len(whole)))
    target = data.draw(st.integers(0, len(whole)))
    check(whole[:begin] + whole[end:])
    check(whole[:target] + whole[begin:end] + whole[target:])


@given(whole=st.sampled_from(SAMPLES), data=st.data())
def test_bytes_that_are_flipped(whole: bytes, data: st.DataObject) -> None:
    """Single bytes take any value."""
    changed = bytearray(whole)
    for _ in range(data.draw(st.integers(1, 20))):
        changed[data.draw(st.integers(0, len(changed) - 1))] = data.draw(st.integers(0, 255))
    check(bytes(changed))
