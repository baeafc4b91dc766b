"""Tracks of the movie box (ISO/IEC 14496-12, 8.3 and 8.4).

A track (`trak`) has a header (`tkhd`), maybe an edit list (`edts`/`elst`), and a media box (`mdia`) with the media's
header (`mdhd`: time scale and duration), its handler (`hdlr`: sound, picture, …) and its information (`minf`), which
holds the sample table (`stbl`) and says whether the samples lie in this file (`dinf`/`dref`). What is wrong with one
track concerns no other.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import TypeVar

from tracklift_adapters.mp4.samples.sample_durations import SampleDurations
from tracklift_adapters.mp4.samples.sample_sizes import count_samples, has_bytes
from tracklift_adapters.mp4.samples.sample_table import check_samples_present
from tracklift_adapters.mp4.samples.time_to_sample import read_durations
from tracklift_adapters.mp4.structure.boxes import Box, fields, type_position, valid_children
from tracklift_adapters.mp4.structure.byte_source import ByteSource
from tracklift_adapters.mp4.structure.damage import damaged
from tracklift_adapters.mp4.tracks.audio_codes import SOUND, find_obstacle, is_audio
from tracklift_adapters.mp4.tracks.data_reference import Place, lies_elsewhere, read_place
from tracklift_adapters.mp4.tracks.edit_list import EditEntry, read_entries
from tracklift_adapters.mp4.tracks.sample_entry import SampleEntry, first_entry, read_sample_entry
from tracklift_adapters.mp4.tracks.track_headers import (
    MediaHeader,
    TrackHeader,
    read_media_header,
    read_track_header,
)
from tracklift_domain.extraction.errors import ExtractionError

_Found = TypeVar("_Found")
_UNKNOWN_CODEC = "????"


@dataclass(slots=True, kw_only=True)
class Track:
    """What the movie box says of one track."""

    header: TrackHeader = field(default_factory=TrackHeader)
    media: MediaHeader = field(default_factory=MediaHeader)
    edits: tuple[EditEntry, ...] = ()
    audio: SampleEntry | None = None
    """`None`: not audio."""
    is_declared_sound: bool = False
    """Whether its handler says that it is audio."""
    samples: int = 0
    """Those that its sample table names."""
    durations: SampleDurations = field(default_factory=SampleDurations)
    table: Mapping[bytes, Box] = field(default_factory=dict)
    """The boxes of its sample table."""
    hidden: int | None = None
    """Where the type of its sample description is written, if that has no entries: libavformat refuses the file."""
    problem: ExtractionError | None = None
    """Why nothing can be made of it."""

    def attempt(self, read: Callable[[], _Found], otherwise: _Found) -> _Found:
        """Read something; give `otherwise` where that fails, and keep the first failure as the track's problem."""
        try:
            return read()
        except ExtractionError as error:
            self.problem = self.problem or error
            return otherwise


def read_track(source: ByteSource, trak: Box) -> Track:
    """Read a track.

    Raises:
        ExtractionError: `corrupt_media`, when a limit of the inspection is reached before it is known what it is.
    """
    boxes = valid_children(source, trak)
    media = valid_children(source, boxes.get(b"mdia"))
    information = valid_children(source, media.get(b"minf"))
    table = valid_children(source, information.get(b"stbl"))
    track = Track(table=table)
    handler = track.attempt(lambda: fields(source, media[b"hdlr"], 8, 4) if b"hdlr" in media else b"", b"")
    track.header = track.attempt(lambda: read_track_header(source, boxes.get(b"tkhd")), track.header)
    track.media = track.attempt(lambda: read_media_header(source, media), track.media)
    track.edits = track.attempt(lambda: _read_edits(source, boxes), ())
    track.samples = track.attempt(lambda: count_samples(source, table), 0)
    entry = track.attempt(lambda: first_entry(source, table[b"stsd"]) if b"stsd" in table else None, None)
    if entry is None and b"stsd" in table:
        track.hidden = type_position(source, table[b"stsd"])
    if not is_audio(handler, entry.type if entry is not None else b""):
        return track
    track.is_declared_sound = handler == SOUND
    track.audio = SampleEntry(_UNKNOWN_CODEC)
    if not {b"mdhd", b"minf"} <= media.keys():
        track.problem = damaged("a box of an audio track is missing")
    elif entry is None:
        track.problem = damaged("it does not say how an audio track is coded")
    else:
        _read_sound(source, track, entry, information, table)
    return track


def _read_sound(
    source: ByteSource, track: Track, entry: Box, information: Mapping[bytes, Box], table: Mapping[bytes, Box]
) -> None:
    track.problem = track.problem or find_obstacle(entry.type)
    unknown = SampleEntry(_UNKNOWN_CODEC)
    audio = track.attempt(lambda: read_sample_entry(source, table[b"stsd"], entry), unknown)
    # The sample rate is the usual time scale of audio, also where the entry has no room for it.
    track.audio = audio if audio.sample_rate else replace(audio, sample_rate=track.media.timescale)
    track.attempt(lambda: _check_presence(source, audio, information, table), None)
    if track.samples and not track.attempt(lambda: has_bytes(source, table), otherwise=True):
        track.samples = 0  # Nothing is in them, however many there are.
    if b"stts" in table:
        track.durations = track.attempt(
            lambda: read_durations(source, table[b"stts"], track.samples), track.durations
        )


def _check_presence(
    source: ByteSource, audio: SampleEntry, information: Mapping[bytes, Box], table: Mapping[bytes, Box]
) -> None:
    place = read_place(source, information, audio.reference)
    if place is Place.OTHER_FILE:
        raise lies_elsewhere()
    try:
        check_samples_present(source, table, audio.packing)
    except ExtractionError as error:
        if place is Place.UNNAMED:
            raise lies_elsewhere() from error
        raise


def _read_edits(source: ByteSource, boxes: Mapping[bytes, Box]) -> tuple[EditEntry, ...]:
    elst = valid_children(source, boxes.get(b"edts")).get(b"elst")
    return read_entries(source, elst) if elst is not None else ()
