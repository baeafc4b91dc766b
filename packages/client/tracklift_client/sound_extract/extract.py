"""Making the sound extract of an MP4."""

from collections.abc import Mapping
from typing import BinaryIO

from tracklift_client.sound_extract.box_writing import copy, write_media_header
from tracklift_client.sound_extract.chunk_table import ChunkTable
from tracklift_client.sound_extract.errors import NoExtractError, Reason, damaged
from tracklift_client.sound_extract.extract_plan import ExtractPlan
from tracklift_client.sound_extract.fragments import PlannedFragments, plan_fragments
from tracklift_client.sound_extract.layout import Layout, check_media, read_layout
from tracklift_client.sound_extract.movie import Movie, read_movie
from tracklift_client.sound_extract.ranges import MediaRanges
from tracklift_client.sound_extract.sample_description import check_description, packing_of
from tracklift_client.sound_extract.sample_table import (
    Chunks,
    counts_single_samples,
    read_chunks,
)
from tracklift_client.sound_extract.source import Source
from tracklift_client.sound_extract.track import Track

_FARTHEST = 2**32 - 1
"""The last position that `stco` can name."""
_NARROWER = 4
"""Bytes that an offset in `stco` takes less than one in `co64`."""


class SoundExtract:
    """An MP4 that holds the sound of another one, its chapters, tags and cover; an MP3 of it is the same.

    Nothing is copied before it is read. Not for several threads at once, as it moves the position in the source.
    """

    def __init__(self, video: BinaryIO) -> None:
        """Plan the extract of a file that can be sought. The file stays open and must not change.

        Raises:
            NoExtractError: the whole file is to be sent instead.
            OSError: the file can't be read.
        """
        self._video = video
        self.plan = plan_extract(video)

    @property
    def size(self) -> int:
        """Bytes."""
        return self.plan.size

    def read(self, offset: int, length: int) -> bytes:
        """Give `length` bytes from an offset, fewer only at the end of the extract.

        Raises:
            OSError: the file can't be read, or is shorter than it was.
        """
        return self.plan.read(self._video, offset, length)


def plan_extract(video: BinaryIO) -> ExtractPlan:
    """Plan the extract of a file that can be sought: see docs/sound-extract.md.

    Raises:
        NoExtractError: the whole file is to be sent instead.
        OSError: the file can't be read.
    """
    source = Source(video)
    layout = read_layout(source)
    movie = read_movie(source, layout.movie)
    chunks = {name: _chunks(source, track) for name, track in movie.kept.items()}
    media = MediaRanges(*(each.places() for each in chunks.values()))
    following = PlannedFragments(ExtractPlan(), {})
    if movie.extends is None:
        check_media(source, layout)
    else:
        following = plan_fragments(source, layout, movie, movie.extends)
    if media.size + following.plan.size == 0:
        raise NoExtractError(Reason.NO_AUDIO, "the sound has no samples")
    plan = ExtractPlan()
    tables = {name: ChunkTable(each, media) for name, each in chunks.items()}
    plan.add_own(_head(source, layout, movie, tables, media.size, following.marker))
    for place in media:
        plan.add_copied(*place)
    plan.add_all(following.plan)
    if any(each.size > plan.size for each in chunks.values()):
        raise damaged("the samples of a track share too many bytes")
    if plan.size >= source.size:
        raise NoExtractError(Reason.NOT_SMALLER, "the extract would not be smaller than the file")
    return plan


def _chunks(source: Source, track: Track) -> Chunks:
    check_description(source, track)
    single = track.is_audio and counts_single_samples(source, track.table)
    packing = packing_of(source, track) if single else None
    return read_chunks(source, track.table, packing, single=single)


def _head(
    source: Source,
    layout: Layout,
    movie: Movie,
    tables: Mapping[int, ChunkTable],
    size: int,
    marker: Mapping[int, bytes],
) -> bytes:
    """Write all that lies in front of `size` bytes of media, with positions of 64 bits only where 32 are too few."""
    front = copy(source, layout.file_type)
    behind = write_media_header(size) if size else b""

    def index(start: int, *, wide: bool) -> bytes:
        written = {name: table.written(start, wide=wide) for name, table in tables.items()}
        return movie.written(source, written, marker)

    start = len(front) + len(index(0, wide=True)) + len(behind)
    narrow = start - _NARROWER * sum(map(len, tables.values()))
    if narrow + size <= _FARTHEST:
        return front + index(narrow, wide=False) + behind
    return front + index(start, wide=True) + behind
