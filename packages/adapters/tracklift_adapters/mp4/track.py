"""Tracks of the movie box (ISO/IEC 14496-12, 8.3 and 8.4).

A track (`trak`) has a header (`tkhd`), maybe an edit list (`edts`/`elst`), and a media box (`mdia`) with the media's
header (`mdhd`: time scale and duration), its handler (`hdlr`: sound, picture, …) and its information (`minf`), which
holds the sample table (`stbl`) and says whether the samples lie in this file (`dinf`/`dref`). Disabled tracks count.
"""

from dataclasses import dataclass

from tracklift_adapters.mp4.boxes import Box, fields, first_children, version_and_flags
from tracklift_adapters.mp4.byte_source import ByteSource
from tracklift_adapters.mp4.damage import damaged, incomplete
from tracklift_adapters.mp4.edit_list import Edit, read_edits
from tracklift_adapters.mp4.sample_entry import SampleEntry, first_entry, is_audio, read_sample_entry
from tracklift_adapters.mp4.sample_table import check_samples_present, read_duration

_UNKNOWN_DURATIONS = frozenset({0xFFFFFFFF, 0xFFFFFFFFFFFFFFFF})
_SELF_CONTAINED = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Track:
    """What the movie box says of one track."""

    id: int
    timescale: int
    """Units per second."""
    duration: int | None
    """As the media's header says, in units of `timescale`; `None`: it says that it does not know."""
    samples_duration: int | None
    """The sum of the samples' durations in the same units, without fragments; `None`: not told, or not audio."""
    edits: tuple[Edit, ...]
    audio: SampleEntry | None
    """`None`: not audio."""


def read_track(source: ByteSource, trak: Box) -> Track | None:
    """Read a track; `None` for one that is not sound and lacks the boxes that make it a track.

    Raises:
        ExtractionError: `corrupt_media`.
    """
    boxes = first_children(source, trak)
    media = first_children(source, boxes[b"mdia"]) if b"mdia" in boxes else {}
    handler = fields(source, media[b"hdlr"], 8, 4) if b"hdlr" in media else b""
    if not {b"mdhd", b"minf"} <= media.keys():
        if handler == b"soun":
            raise damaged("a box of an audio track is missing")
        return None
    information = first_children(source, media[b"minf"])
    sample_table = first_children(source, information[b"stbl"]) if b"stbl" in information else {}
    timescale, duration = _media_header(source, media[b"mdhd"])
    audio = _audio_entry(source, handler, sample_table, timescale)
    samples_duration: int | None = None
    edits: tuple[Edit, ...] = ()
    if audio is not None:
        _check_self_contained(source, information)
        check_samples_present(source, sample_table)
        samples_duration = read_duration(source, sample_table)
        edits = _edits(source, boxes)
    return Track(
        id=_track_id(source, boxes),
        timescale=timescale,
        duration=duration,
        samples_duration=samples_duration,
        edits=edits,
        audio=audio,
    )


def _track_id(source: ByteSource, boxes: dict[bytes, Box]) -> int:
    tkhd = boxes.get(b"tkhd")
    if tkhd is None:
        return 0
    version, _ = version_and_flags(source, tkhd)
    return int.from_bytes(fields(source, tkhd, 20 if version == 1 else 12, 4))


def _media_header(source: ByteSource, mdhd: Box) -> tuple[int, int | None]:
    version, _ = version_and_flags(source, mdhd)
    offset, width = (20, 8) if version == 1 else (12, 4)
    timescale = int.from_bytes(fields(source, mdhd, offset, 4))
    duration = int.from_bytes(fields(source, mdhd, offset + 4, width))
    return timescale, None if duration in _UNKNOWN_DURATIONS else duration


def _audio_entry(
    source: ByteSource, handler: bytes, sample_table: dict[bytes, Box], timescale: int
) -> SampleEntry | None:
    stsd = sample_table.get(b"stsd")
    entry = first_entry(source, stsd) if stsd is not None else None
    if not is_audio(handler, entry.type if entry is not None else b""):
        return None
    if stsd is None or entry is None:
        raise damaged("it does not say how an audio track is coded")
    found = read_sample_entry(source, stsd, entry)
    if found.sample_rate == 0:
        # The sample rate is the usual time scale of audio, also where the entry has no room for it.
        return SampleEntry(found.codec, timescale, found.channels)
    return found


def _check_self_contained(source: ByteSource, information: dict[bytes, Box]) -> None:
    if b"dinf" not in information:
        return
    dref = first_children(source, information[b"dinf"]).get(b"dref")
    if dref is None:
        return
    for reference in first_children(source, dref, skip=8).values():
        _, flags = version_and_flags(source, reference)
        if not flags & _SELF_CONTAINED:
            raise incomplete("its audio lies in another file; export it as one self-contained MP4")


def _edits(source: ByteSource, boxes: dict[bytes, Box]) -> tuple[Edit, ...]:
    elst = first_children(source, boxes[b"edts"]).get(b"elst") if b"edts" in boxes else None
    if elst is None:
        return ()
    return tuple(read_edits(source, elst))
