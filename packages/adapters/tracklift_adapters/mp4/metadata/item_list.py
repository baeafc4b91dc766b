"""Lists of metadata items (box `meta`; QuickTime File Format, Metadata; the same with four-letter codes in iTunes).

`meta` is a full box in MP4 and a plain one in QuickTime files. Its `ilst` holds one box for each item. The item's type
is a code such as `©nam`, or else the number, from 1, of a name in the table `keys`: there each entry is built like a
box, with a namespace (`mdta`) in place of the type. The item's box `data` begins with the type of the value (32 bits)
and a locale (32 bits); the value follows.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from tracklift_adapters.mp4.metadata.metadata_parts import first_part, parts
from tracklift_adapters.mp4.structure.boxes import Box, fields
from tracklift_adapters.mp4.structure.byte_source import ByteSource
from tracklift_domain.extraction.tags import TAG_NAMES

COVER = "cover"
"""What an item is called that holds pictures."""
GENRE_NUMBER = "genre number"
"""What an item is called that holds the number of a genre."""
NAMES = {
    b"\xa9nam": "title",
    b"\xa9ART": "artist",
    b"\xa9aut": "artist",
    b"\xa9alb": "album",
    b"aART": "album_artist",
    b"\xa9wrt": "composer",
    b"\xa9com": "composer",
    b"\xa9gen": "genre",
    b"gnre": GENRE_NUMBER,
    b"\xa9day": "date",
    b"trkn": "track",
    b"\xa9cmt": "comment",
    b"cprt": "copyright",
    b"\xa9cpy": "copyright",
    b"covr": COVER,
}
"""By the codes of iTunes and those of QuickTime's user data."""
_KEYS = {**{name: name for name in TAG_NAMES}, "author": "artist", "year": "date", "artwork": COVER}
_KEY_PREFIX = "com.apple.quicktime."
_LONGEST_KEY = 64
_VALUE_START = 8


@dataclass(frozen=True, slots=True)
class Item:
    """One item whose name is known."""

    name: str
    box: Box
    plain: bool = False
    """Whether the box is a text of QuickTime's user data, without values in it."""


@dataclass(frozen=True, slots=True)
class Value:
    """Where an item's value lies, and its type as QuickTime numbers them (Well-Known Types)."""

    type: int
    position: int
    size: int


def read_items(source: ByteSource, meta: Box) -> Iterator[Item]:
    """Give the items of a list, also several with one name."""
    skip = 0 if fields(source, meta, 4, 4) == b"hdlr" else 4
    items = first_part(source, meta, b"ilst", skip)
    if items is None:
        return
    keys = _read_keys(source, first_part(source, meta, b"keys", skip))
    for box in parts(source, items):
        name = NAMES.get(box.type) or keys.get(int.from_bytes(box.type))
        if name is not None:
            yield Item(name, box)


def read_values(source: ByteSource, item: Box) -> Iterator[Value]:
    """Give the values of an item: one for each language or picture."""
    for data in parts(source, item):
        if data.type == b"data" and data.end - data.start >= _VALUE_START:
            kind = int.from_bytes(fields(source, data, 0, 4))
            yield Value(kind, data.start + _VALUE_START, data.end - data.start - _VALUE_START)


def _read_keys(source: ByteSource, keys: Box | None) -> dict[int, str]:
    found: dict[int, str] = {}
    if keys is None:
        return found
    for number, entry in enumerate(parts(source, keys, skip=8), start=1):
        length = entry.end - entry.start
        if entry.type == b"mdta" and length <= _LONGEST_KEY:
            key = fields(source, entry, 0, length).decode("ascii", "replace").removeprefix(_KEY_PREFIX)
            if key in _KEYS:
                found[number] = _KEYS[key]
    return found
