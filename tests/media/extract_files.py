"""Small files of which sound extracts are made, one for each rule, with samples that can be told from each other."""

import struct
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from tests.media import boxes
from tests.media.boxes import (
    TrackRecipe,
    aac_entry,
    box,
    edit_list,
    file_type,
    full_box,
    movie,
    sample_entry,
    text_item,
    track,
)
from tests.media.chapter_boxes import nero_chapters, title_sample
from tests.media.reshaping import Video

PICTURES, SOUND, MORE_SOUND, TITLES = 1, 2, 3, 4
"""The tracks' ids."""
RATE = 44100


def sample(track_id: int, number: int, size: int) -> bytes:
    """Give bytes that no other sample has."""
    return bytes((track_id * 61 + number * 17 + position * 3) & 0xFF for position in range(size))


def samples(track_id: int, sizes: Sequence[int]) -> list[bytes]:
    """Give one sample of each size."""
    return [sample(track_id, number, size) for number, size in enumerate(sizes)]


@dataclass(kw_only=True)
class Laid:
    """A track whose samples are laid into the media in chunks, each of so many samples."""

    recipe: TrackRecipe
    samples: list[bytes]
    per_chunk: int = 2
    wide: bool = False
    """Whether chunk offsets have 64 bits."""
    offsets: list[int] = field(default_factory=list)
    """Of the chunks, relative to the begin of the media, once it is laid."""

    @property
    def chunks(self) -> list[bytes]:
        starts = range(0, len(self.samples), self.per_chunk)
        return [b"".join(self.samples[start : start + self.per_chunk]) for start in starts]

    def written(self, start: int) -> bytes:
        """Write the track for media that begin there in the file; tables that the recipe has stay."""
        count, offsets = len(self.samples), [start + offset for offset in self.offsets]
        sizes = struct.pack(f">II{count}I", 0, count, *map(len, self.samples))
        runs = [(1, self.per_chunk, 1)]
        if count % self.per_chunk:
            last = (len(offsets), count % self.per_chunk, 1)
            runs = [*runs, last] if len(offsets) > 1 else [last]
        stsc = struct.pack(">I", len(runs)) + b"".join(struct.pack(">III", *run) for run in runs)
        code, kind = ("Q", b"co64") if self.wide else ("I", b"stco")
        recipe = self.recipe
        return track(
            TrackRecipe(
                **{
                    **vars(recipe),
                    "samples": count,
                    "stsz": full_box(b"stsz", sizes) if recipe.stsz is None else recipe.stsz,
                    "stsc": full_box(b"stsc", stsc) if recipe.stsc is None else recipe.stsc,
                    "stco": full_box(kind, struct.pack(f">I{len(offsets)}{code}", len(offsets), *offsets))
                    if recipe.stco is None
                    else recipe.stco,
                }
            )
        )


def pictures(count: int = 6, size: int = 100, **changes: object) -> Laid:
    """Give a track of pictures."""
    recipe = TrackRecipe(id=PICTURES, handler=b"vide", entry=sample_entry(b"avc1"), timescale=1000)
    return _changed(Laid(recipe=recipe, samples=samples(PICTURES, [size] * count)), changes)


def sound(name: int = SOUND, sizes: Sequence[int] = (31, 7, 44, 18, 23, 9), **changes: object) -> Laid:
    """Give a track of AAC."""
    recipe = TrackRecipe(id=name, entry=aac_entry(), edits=edit_list((100, 1024)))
    return _changed(Laid(recipe=recipe, samples=samples(name, sizes)), changes)


def titles(*texts: str, name: int = TITLES) -> Laid:
    """Give a track of chapters."""
    recipe = TrackRecipe(
        id=name,
        handler=b"text",
        entry=box(b"text", struct.pack(">6xH", 1), bytes(43)),
        timescale=1000,
        sample_duration=20,
    )
    return Laid(recipe=recipe, samples=[title_sample(text) for text in texts], per_chunk=1)


def _changed(laid: Laid, changes: dict[str, object]) -> Laid:
    for name, value in changes.items():
        setattr(laid.recipe if hasattr(laid.recipe, name) else laid, name, value)
    return laid


def interleaved(*tracks: Laid) -> bytes:
    """Lay the tracks' chunks in turns, and give the media."""
    media = bytearray()
    for turn in range(max(len(each.chunks) for each in tracks)):
        for each in tracks:
            if turn < len(each.chunks):
                each.offsets.append(len(media))
                media += each.chunks[turn]
    return bytes(media)


def index_behind(*tracks: Laid, kind: bytes | None = None, **parts: bytes) -> bytes:
    """Build a file with the media in front."""
    head, media = file_type() if kind is None else kind, interleaved(*tracks)
    return head + box(b"mdat", media) + movie(*(each.written(len(head) + 8) for each in tracks), **parts)


def index_in_front(
    *tracks: Laid, around: Callable[[bytes], bytes] = lambda media: box(b"mdat", media), **parts: bytes
) -> bytes:
    """Build a file with the index in front; `around` writes the media's box."""
    media = interleaved(*tracks)
    wrapped = around(media)
    before = len(wrapped) - len(media)

    def index(start: int) -> bytes:
        return file_type() + movie(*(each.written(start) for each in tracks), **parts)

    return index(len(index(0)) + before) + wrapped


TAGS = box(
    b"udta",
    boxes.metadata(
        text_item(b"\xa9nam", "Größer"), box(b"covr", boxes.data_value(b"\xff\xd8\xff" + bytes(50), 13))
    ),
    nero_chapters([(0, "One"), (0.05, "Two")]),
)


@dataclass(kw_only=True)
class Part:
    """What a fragment has of one track."""

    track: int
    sizes: Sequence[int]
    time: int | None = 0
    flags: int = 0x20000
    """Of `tfhd`: 1 for an absolute base, 0x20000 for the fragment's begin, 0 for the part before."""
    equal: bool = False
    """Whether the header tells the size of all samples."""
    runs: int = 1
    between: bytes = b""
    """Boxes in front of the runs."""

    def data(self, number: int) -> bytes:
        return b"".join(
            sample(self.track, number * 50 + index, size) for index, size in enumerate(self.sizes)
        )

    def written(self, moof: int, place: int, base: int) -> bytes:
        """Write `traf` for a fragment and data at these positions in the file."""
        flags = self.flags | (0x10 if self.equal else 0)
        header = struct.pack(">I", self.track)
        if flags & 1:
            header += struct.pack(">Q", place)
            base = place
        elif flags & 0x20000:
            base = moof
        if self.equal:
            header += struct.pack(">I", self.sizes[0])
        written, position = [], place
        each = max(1, -(-len(self.sizes) // self.runs))
        for start in range(0, len(self.sizes), each):
            own = self.sizes[start : start + each]
            entries = b"" if self.equal else struct.pack(f">{len(own)}I", *own)
            head = struct.pack(">Ii", len(own), position - base)
            written.append(full_box(b"trun", head, entries, flags=0x1 if self.equal else 0x201))
            position += sum(own)
        time = b"" if self.time is None else full_box(b"tfdt", struct.pack(">Q", self.time), version=1)
        return box(b"traf", full_box(b"tfhd", header, flags=flags), time, self.between, *written)


def fragment(start: int, number: int, *parts: Part) -> bytes:
    """Build `moof` and its `mdat` at a position in the file."""
    size = len(_moof(start, start, number, parts))
    media = b"".join(part.data(number) for part in parts)
    return _moof(start, start + size + 8, number, parts) + box(b"mdat", media)


def _moof(start: int, place: int, number: int, parts: Sequence[Part]) -> bytes:
    written, base = [], start
    for part in parts:
        written.append(part.written(start, place, base))
        place += sum(part.sizes)
        base = place
    return box(b"moof", full_box(b"mfhd", struct.pack(">I", number)), *written)


def recording(*fragments: Sequence[Part], front: bytes | None = None, behind: bytes = b"") -> bytes:
    """Build a file of fragments."""
    content = head_of_a_recording() if front is None else front
    for number, parts in enumerate(fragments, start=1):
        content += fragment(len(content), number, *parts)
    return content + behind


def head_of_a_recording(*, announced: int | None = None, edits: bytes = b"") -> bytes:
    """Build an index of a track of pictures and one of sound, without samples of their own."""
    shown = TrackRecipe(handler=b"vide", entry=sample_entry(b"avc1"), timescale=1000)
    return boxes.initialisation(shown, TrackRecipe(edits=edits), announced=announced)


def shown(time: int | None = 0, count: int = 4, **changes: object) -> Part:
    """Give pictures of a fragment."""
    return Part(**{"track": 1, "sizes": [90] * count, "time": time, **changes})  # type: ignore[arg-type]


def heard(time: int | None = 0, sizes: Sequence[int] = (20, 33, 5), **changes: object) -> Part:
    """Give sound of a fragment."""
    return Part(**{"track": 2, "sizes": sizes, "time": time, **changes})  # type: ignore[arg-type]


def in_64_bits() -> bytes:
    """Build a file in which each size is written with 64 bits."""
    video = Video.read(index_behind(pictures(), sound(), user_data=TAGS))
    video.movie.enlarge()
    return video.written()


def compact_sizes(width: int, sizes: Sequence[int]) -> bytes:
    """Build `stz2`."""
    packed = {
        4: lambda: bytes(one << 4 | other for one, other in zip(sizes[::2], [*sizes[1::2], 0], strict=False)),
        8: lambda: bytes(sizes),
        16: lambda: struct.pack(f">{len(sizes)}H", *sizes),
    }[width]()
    return full_box(b"stz2", struct.pack(">3xBI", width, len(sizes)), packed)


def single_samples(entry: bytes, count: int, data: bytes, chunks: Sequence[int]) -> Laid:
    """Give a track of QuickTime's old forms: chunks of so many samples each, whose bytes the sample entry implies."""
    return Laid(
        recipe=TrackRecipe(
            id=SOUND,
            entry=entry,
            stts=full_box(b"stts", struct.pack(">III", 1, count, 1)),
            stsz=full_box(b"stsz", struct.pack(">II", 1, count)),
            stsc=full_box(
                b"stsc",
                struct.pack(">I", len(chunks)),
                *(struct.pack(">III", number, each, 1) for number, each in enumerate(chunks, start=1)),
            ),
        ),
        samples=[
            data[len(data) * number // len(chunks) : len(data) * (number + 1) // len(chunks)]
            for number in range(len(chunks))
        ],
        per_chunk=1,
    )
