"""Videos with chapters, built box by box."""

import struct
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from tests.media import boxes
from tests.media.boxes import TrackRecipe, box, full_box

Title = tuple[int, bytes]
"""A chapter's duration in milliseconds, and its sample."""
MEDIA = 5000
"""Bytes of sound in front of the titles."""


def title_sample(title: str, encoding: str = "utf-8") -> bytes:
    """Write a title as a sample of a text track has it, with a box about its looks behind."""
    text = title.encode(encoding) if encoding == "utf-8" else f"\ufeff{title}".encode(encoding)
    return struct.pack(">H", len(text)) + text + box(b"encd", struct.pack(">I", 0x100))


def nero_chapters(chapters: Sequence[tuple[float, str | bytes]], *, version: int = 1) -> bytes:
    """Build `chpl`; starts are in seconds."""
    count = struct.pack(">xI" if version else ">B", len(chapters))
    entries = [
        struct.pack(">qB", round(start * 10**7), len(encoded)) + encoded
        for start, title in chapters
        for encoded in [title.encode() if isinstance(title, str) else title]
    ]
    return full_box(b"chpl", count, *entries, version=version)


def references(*tracks: int, kind: bytes = b"chap") -> bytes:
    """Build `tref`."""
    return box(b"tref", box(kind, struct.pack(f">{len(tracks)}I", *tracks)))


@dataclass(kw_only=True)
class ChapterTrack:
    """A text track: of each sample its duration in milliseconds and its bytes. What is `None` is made to fit."""

    titles: Sequence[Title]
    id: int = 2
    handler: bytes = b"text"
    edits: bytes = b""
    durations: bytes | None = None
    """Runs of `stts`."""
    sizes: bytes | None = None
    """`stsz` without its header."""
    chunks: bytes | None = None
    """`stsc` without its header."""
    offsets: bytes | None = None
    """`stco` or `co64`."""

    def recipe(self, position: int) -> TrackRecipe:
        """Give the track whose samples begin there in the file, each in a chunk of its own."""
        count = len(self.titles)
        sizes = [len(sample) for _, sample in self.titles]
        starts = [position + sum(sizes[:number]) for number in range(count)]
        runs = b"".join(struct.pack(">Ii", 1, duration) for duration, _ in self.titles)
        return TrackRecipe(
            entry=box(b"text", struct.pack(">6xH", 1), bytes(43)),
            handler=self.handler,
            id=self.id,
            timescale=1000,
            edits=self.edits,
            media_duration=0,
            stts=full_box(b"stts", self.durations or struct.pack(">I", count) + runs),
            stsz=full_box(b"stsz", self.sizes or struct.pack(f">II{count}I", 0, count, *sizes)),
            stsc=full_box(b"stsc", self.chunks or struct.pack(">IIII", 1, 1, 1, 1)),
            stco=self.offsets or full_box(b"stco", struct.pack(f">I{count}I", count, *starts)),
        )


def chaptered(
    *tracks: ChapterTrack, refers: bytes | None = None, user_data: Iterable[bytes] = (), edits: bytes = b""
) -> bytes:
    """Build a video with one audio track, which refers to all text tracks unless told otherwise and has these edits."""
    position = boxes.media_start()
    if refers is None:
        refers = references(*(track.id for track in tracks))
    audio = TrackRecipe(chunk_offset=position, references=refers, edits=edits)
    content = [bytes(MEDIA)]
    text_tracks = []
    for track in tracks:
        text_tracks.append(boxes.track(track.recipe(position + sum(map(len, content)))))
        content += [sample for _, sample in track.titles]
    movie = boxes.movie(boxes.track(audio), *text_tracks, user_data=box(b"udta", *user_data))
    return boxes.file_type() + box(b"mdat", *content) + movie
