"""Changing the boxes of an MP4 that ffmpeg wrote, to what other programs write.

The media has to stay where it is, as the index names places in the file. It does where the index lies behind it, as
ffmpeg puts it unless asked to, and where boxes in front keep their sizes.
"""

import copy
import struct
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import groupby, pairwise
from typing import Self

from tests.media.boxes import box, edit_list, full_box, large_box

_HOLDERS = frozenset(
    {b"moov", b"trak", b"edts", b"mdia", b"minf", b"dinf", b"stbl", b"mvex", b"moof", b"traf"}
)
_TIMESCALE = {b"mvhd": (12, 20), b"mdhd": (12, 20)}
"""Where the time scale lies, in version 0 and in version 1; the duration follows it."""
_TRACK_ID = 12, 20


@dataclass
class Box:
    """A box that may be changed."""

    kind: bytes
    payload: bytes = b""
    children: list["Box"] = field(default_factory=list)
    is_large: bool = False
    """Whether its size is written with 64 bits."""

    def find(self, *path: bytes) -> "Box":
        """Give the first box at a path below this one."""
        found = self
        for kind in path:
            found = next(child for child in found.children if child.kind == kind)
        return found

    def remove(self, kind: bytes) -> None:
        """Remove the boxes of this kind that lie in this one."""
        self.children = [child for child in self.children if child.kind != kind]

    def enlarge(self) -> None:
        """Write the sizes of this box and of those in it with 64 bits."""
        self.is_large = True
        for child in self.children:
            child.enlarge()

    def written(self) -> bytes:
        write = large_box if self.is_large else box
        return write(self.kind, self.payload, *(child.written() for child in self.children))


def boxes(data: bytes) -> Iterator[Box]:
    """Read boxes that lie one behind the other."""
    position = 0
    while position < len(data):
        size, kind = struct.unpack_from(">I4s", data, position)
        header, is_large = 8, size == 1
        if is_large:
            (size,) = struct.unpack_from(">Q", data, position + 8)
            header = 16
        size = size or len(data) - position
        payload = data[position + header : position + size]
        if kind in _HOLDERS:
            yield Box(kind, b"", list(boxes(payload)), is_large)
        else:
            yield Box(kind, payload, is_large=is_large)
        position += size


@dataclass
class Video:
    """A file by its boxes at the top level."""

    parts: list[Box]

    def __post_init__(self) -> None:
        self._media = self._media_start()

    @classmethod
    def read(cls, data: bytes) -> Self:
        """Read a file."""
        return cls(list(boxes(data)))

    @property
    def movie(self) -> Box:
        return next(part for part in self.parts if part.kind == b"moov")

    @property
    def tracks(self) -> list["Track"]:
        return [Track(child) for child in self.movie.children if child.kind == b"trak"]

    def sound(self, number: int = 0) -> "Track":
        """Give an audio track."""
        return [track for track in self.tracks if track.handler == b"soun"][number]

    def sound_with(self, number: int) -> "Track":
        """Give the audio track of this id."""
        return next(track for track in self.tracks if track.number == number)

    @property
    def timescale(self) -> int:
        return _read_timescale(self.movie.find(b"mvhd"))

    def declare(self, seconds: float) -> None:
        """Write another duration into the movie's header."""
        header = self.movie.find(b"mvhd")
        _write_duration(header, round(seconds * _read_timescale(header)))

    def play(
        self, *edits: tuple[float | None, float], track: "Track | None" = None, version: int = 0
    ) -> None:
        """Give an audio track an edit list: each a second of the media, `None` for a pause, and a duration."""
        track = track or self.sound()
        entries = [
            (round(seconds * self.timescale), -1 if start is None else round(start * track.timescale))
            for start, seconds in edits
        ]
        track.box.remove(b"edts")
        if entries:
            track.box.children.insert(1, next(boxes(edit_list(*entries, version=version))))

    def put_in_front(self, track: "Track") -> None:
        """Add a track in front of the others."""
        self.movie.children.insert(1, track.box)

    def fragments(self, track: int) -> Iterator[Box]:
        """Give the parts of the fragments (`traf`) that belong to the track of this id."""
        for part in self.parts:
            for child in part.children if part.kind == b"moof" else ():
                if child.kind == b"traf" and int.from_bytes(child.find(b"tfhd").payload[4:8]) == track:
                    yield child

    def written(self) -> bytes:
        """Give the file."""
        is_fragmented = any(part.kind == b"moof" for part in self.parts)
        assert is_fragmented or self._media_start() == self._media, "The media has moved."
        return b"".join(part.written() for part in self.parts)

    def _media_start(self) -> int:
        position = 0
        for part in self.parts:
            if part.kind == b"mdat":
                return position + (16 if part.is_large else 8)
            position += len(part.written())
        return position


@dataclass
class Track:
    """One track of a video."""

    box: Box

    def copied(self, number: int) -> "Track":
        """Give a copy that has another id and no edit list."""
        track = Track(copy.deepcopy(self.box))
        track.number = number
        track.box.remove(b"edts")
        return track

    @property
    def header(self) -> Box:
        return self.box.find(b"mdia", b"mdhd")

    @property
    def handler(self) -> bytes:
        return self.box.find(b"mdia", b"hdlr").payload[8:12]

    @handler.setter
    def handler(self, value: bytes) -> None:
        _overwrite(self.box.find(b"mdia", b"hdlr"), 8, value)

    @property
    def number(self) -> int:
        header = self.box.find(b"tkhd")
        return int.from_bytes(header.payload[_TRACK_ID[header.payload[0]] :][:4])

    @number.setter
    def number(self, value: int) -> None:
        header = self.box.find(b"tkhd")
        _overwrite(header, _TRACK_ID[header.payload[0]], value.to_bytes(4))

    def enable(self, *, enabled: bool) -> None:
        """Change the flag that says whether it is played."""
        _overwrite(self.box.find(b"tkhd"), 3, b"\7" if enabled else b"\6")

    def speak(self, language: str) -> None:
        """Write another language, of three letters, into the media's header."""
        first, second, third = (ord(letter) - 0x60 for letter in language)
        width = 8 if self.header.payload[0] else 4
        at = _TIMESCALE[b"mdhd"][self.header.payload[0]] + 4 + width
        _overwrite(self.header, at, (first << 10 | second << 5 | third).to_bytes(2))

    @property
    def timescale(self) -> int:
        return _read_timescale(self.header)

    @timescale.setter
    def timescale(self, value: int) -> None:
        _overwrite(self.header, _TIMESCALE[b"mdhd"][self.header.payload[0]], value.to_bytes(4))

    @property
    def table(self) -> Box:
        return self.box.find(b"mdia", b"minf", b"stbl")

    @property
    def durations(self) -> list[int]:
        """How long each sample lasts, in units of the time scale."""
        payload = self.table.find(b"stts").payload
        runs = struct.iter_unpack(">II", payload[8:])
        return [delta for count, delta in runs for _ in range(count)]

    @durations.setter
    def durations(self, values: Iterable[int]) -> None:
        runs = [(len(list(group)), delta & 0xFFFFFFFF) for delta, group in groupby(values)]
        entries = (struct.pack(">II", count, delta) for count, delta in runs)
        self.write_table(b"stts", struct.pack(">I", len(runs)), *entries)

    def change_durations(self, change: Callable[[int, int], int]) -> None:
        """Change each sample's duration, given its number and what it was."""
        self.durations = [change(number, delta) for number, delta in enumerate(self.durations)]

    def declare(self, seconds: float) -> None:
        """Write another duration into the media's header."""
        _write_duration(self.header, round(seconds * self.timescale))

    @property
    def sizes(self) -> Sequence[int]:
        """Bytes of each sample."""
        payload = self.table.find(b"stsz").payload
        each, count = struct.unpack_from(">II", payload, 4)
        return [each] * count if each else struct.unpack_from(f">{count}I", payload, 12)

    @property
    def offsets(self) -> list[int]:
        """Where each sample begins in the file."""
        chunks = self.chunks
        runs = [*struct.iter_unpack(">III", self.table.find(b"stsc").payload[8:]), (len(chunks) + 1, 0, 0)]
        sizes, found = iter(self.sizes), []
        for (first, per_chunk, _), (after, _, _) in pairwise(runs):
            for offset in chunks[first - 1 : after - 1]:
                position = offset
                for _ in range(per_chunk):
                    found.append(position)
                    position += next(sizes)
        return found

    @property
    def chunks(self) -> list[int]:
        """Where each chunk of samples begins in the file."""
        return [offset for (offset,) in struct.iter_unpack(">I", self.table.find(b"stco").payload[8:])]

    @property
    def entry(self) -> bytes:
        """The sample entry."""
        return self.table.find(b"stsd").payload[8:]

    @entry.setter
    def entry(self, value: bytes) -> None:
        self.write_table(b"stsd", struct.pack(">I", 1), value)

    def describe(
        self, *, code: bytes | None = None, channels: int | None = None, rate: int | None = None
    ) -> None:
        """Write another code, number of channels or rate (Hz) into the sample entry."""
        entry = bytearray(self.entry)
        if code is not None:
            entry[4:8] = code
        if channels is not None:
            entry[24:26] = channels.to_bytes(2)
        if rate is not None:
            entry[32:36] = (rate << 16 & 0xFFFFFFFF).to_bytes(4)
        self.entry = bytes(entry)

    def empty(self) -> None:
        """Leave no sample in it."""
        for kind, length in ((b"stts", 4), (b"stsc", 4), (b"stco", 4), (b"stsz", 8)):
            self.write_table(kind, bytes(length))
        self.table.remove(b"sgpd")
        self.table.remove(b"sbgp")

    def count_single_samples(self) -> None:
        """Let the sizes of samples be 1, whatever they take, as QuickTime did."""
        _overwrite(self.table.find(b"stsz"), 7, b"\1")

    def write_table(self, kind: bytes, *content: bytes) -> None:
        """Write a box of the sample table, behind its version and flags."""
        self.table.find(kind).payload = full_box(kind, *content)[8:]


def _read_timescale(header: Box) -> int:
    (value,) = struct.unpack_from(">I", header.payload, _TIMESCALE[header.kind][header.payload[0]])
    return int(value)


def _write_duration(header: Box, duration: int) -> None:
    version = header.payload[0]
    written = struct.pack(">Q" if version else ">I", duration & (2**64 - 1 if version else 2**32 - 1))
    _overwrite(header, _TIMESCALE[header.kind][version] + 4, written)


def _overwrite(changed: Box, at: int, value: bytes) -> None:
    changed.payload = changed.payload[:at] + value + changed.payload[at + len(value) :]
