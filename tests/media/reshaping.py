"""Changing the index of an MP4 that ffmpeg wrote, to what other programs write.

The index has to lie behind the media, as ffmpeg puts it unless asked to: then nothing else moves.
"""

import struct
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import groupby, pairwise
from typing import Self

from tests.media.boxes import box, edit_list, full_box

_HOLDERS = frozenset({b"moov", b"trak", b"edts", b"mdia", b"minf", b"dinf", b"stbl", b"mvex"})
_VERSIONED = {b"mvhd": (12, 20), b"mdhd": (12, 20)}
"""Where the time scale lies, in version 0 and in version 1; the duration follows it."""


@dataclass
class Box:
    """A box that may be changed."""

    kind: bytes
    payload: bytes = b""
    children: list["Box"] = field(default_factory=list)

    def find(self, *path: bytes) -> "Box":
        """Give the first box at a path below this one."""
        found = self
        for kind in path:
            found = next(child for child in found.children if child.kind == kind)
        return found

    def remove(self, kind: bytes) -> None:
        """Remove the boxes of this kind that lie in this one."""
        self.children = [child for child in self.children if child.kind != kind]

    def written(self) -> bytes:
        return box(self.kind, self.payload, *(child.written() for child in self.children))


def boxes(data: bytes) -> Iterator[Box]:
    """Read boxes that lie one behind the other."""
    position = 0
    while position < len(data):
        size, kind = struct.unpack_from(">I4s", data, position)
        header = 8
        if size == 1:
            (size,) = struct.unpack_from(">Q", data, position + 8)
            header = 16
        size = size or len(data) - position
        payload = data[position + header : position + size]
        yield Box(kind, b"", list(boxes(payload))) if kind in _HOLDERS else Box(kind, payload)
        position += size


@dataclass
class Video:
    """A file by its boxes at the top level."""

    parts: list[Box]

    @classmethod
    def read(cls, data: bytes) -> Self:
        """Read a file whose index lies behind its media."""
        video = cls(list(boxes(data)))
        kinds = [part.kind for part in video.parts]
        assert kinds.index(b"mdat") < kinds.index(b"moov"), kinds
        return video

    @property
    def movie(self) -> Box:
        return next(part for part in self.parts if part.kind == b"moov")

    @property
    def tracks(self) -> list["Track"]:
        return [Track(child) for child in self.movie.children if child.kind == b"trak"]

    def sound(self, number: int = 0) -> "Track":
        """Give an audio track."""
        return [track for track in self.tracks if track.handler == b"soun"][number]

    @property
    def timescale(self) -> int:
        return _read_timescale(self.movie.find(b"mvhd"))

    def declare(self, seconds: float) -> None:
        """Write another duration into the movie's header."""
        header = self.movie.find(b"mvhd")
        _write_duration(header, round(seconds * _read_timescale(header)))

    def play(self, *edits: tuple[float | None, float], number: int = 0) -> None:
        """Give an audio track an edit list: each a second of the media, `None` for a pause, and a duration."""
        track = self.sound(number)
        entries = [
            (round(seconds * self.timescale), -1 if start is None else round(start * track.timescale))
            for start, seconds in edits
        ]
        track.box.remove(b"edts")
        if entries:
            track.box.children.insert(1, next(boxes(edit_list(*entries))))

    def written(self) -> bytes:
        return b"".join(part.written() for part in self.parts)


@dataclass
class Track:
    """One track of a video."""

    box: Box

    @property
    def handler(self) -> bytes:
        return self.box.find(b"mdia", b"hdlr").payload[8:12]

    @property
    def timescale(self) -> int:
        return _read_timescale(self.box.find(b"mdia", b"mdhd"))

    @timescale.setter
    def timescale(self, value: int) -> None:
        header = self.box.find(b"mdia", b"mdhd")
        at = _VERSIONED[b"mdhd"][header.payload[0]]
        header.payload = header.payload[:at] + struct.pack(">I", value) + header.payload[at + 4 :]

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
        self.table.find(b"stts").payload = full_box(b"stts", struct.pack(">I", len(runs)), *entries)[8:]

    def change_durations(self, change: Callable[[int, int], int]) -> None:
        """Change each sample's duration, given its number and what it was."""
        self.durations = [change(number, delta) for number, delta in enumerate(self.durations)]

    def declare(self, seconds: float) -> None:
        """Write another duration into the media's header."""
        header = self.box.find(b"mdia", b"mdhd")
        _write_duration(header, round(seconds * self.timescale))

    @property
    def sizes(self) -> Sequence[int]:
        """Bytes of each sample."""
        payload = self.table.find(b"stsz").payload
        each, count = struct.unpack_from(">II", payload, 4)
        return [each] * count if each else struct.unpack_from(f">{count}I", payload, 12)

    @property
    def offsets(self) -> list[int]:
        """Where each sample begins in the file."""
        chunks = [offset for (offset,) in struct.iter_unpack(">I", self.table.find(b"stco").payload[8:])]
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
    def entry(self) -> bytes:
        """The sample entry."""
        return self.table.find(b"stsd").payload[8:]

    @entry.setter
    def entry(self, value: bytes) -> None:
        self.table.find(b"stsd").payload = full_box(b"stsd", struct.pack(">I", 1), value)[8:]


def _read_timescale(header: Box) -> int:
    (value,) = struct.unpack_from(">I", header.payload, _VERSIONED[header.kind][header.payload[0]])
    return int(value)


def _write_duration(header: Box, duration: int) -> None:
    version = header.payload[0]
    at = _VERSIONED[header.kind][version] + 4
    written = struct.pack(">Q" if version else ">I", duration)
    header.payload = header.payload[:at] + written + header.payload[at + len(written) :]
