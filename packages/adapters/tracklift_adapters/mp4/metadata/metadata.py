"""What a video says about itself: texts and a cover picture.

Programs that write MP4 put them into `udta/meta` of the movie box, as iTunes does; cameras and QuickTime put them into
its `meta` or, as plain texts, into `udta` itself (QuickTime File Format), where mobile phones put texts of another form
(3GPP). Of several with one name, in this order, the first that is whole counts; what is broken is left out. A genre's
name counts before a genre's number.
"""

from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass

from tracklift_adapters.mp4.metadata.cover_picture import find_cover
from tracklift_adapters.mp4.metadata.genres import GENRES
from tracklift_adapters.mp4.metadata.item_list import (
    COVER,
    GENRE_NUMBER,
    NAMES,
    Item,
    read_items,
    read_values,
)
from tracklift_adapters.mp4.metadata.metadata_parts import first_part, parts
from tracklift_adapters.mp4.metadata.metadata_text import (
    read_number,
    read_track_number,
    read_user_data,
    read_value,
)
from tracklift_adapters.mp4.metadata.tags_3gpp import read_3gpp_tags
from tracklift_adapters.mp4.structure.boxes import Box
from tracklift_adapters.mp4.structure.byte_source import ByteSource
from tracklift_domain.extraction.errors import ExtractionError
from tracklift_domain.extraction.tags import CoverPicture

_PLAIN = b"\xa9"
"""What the codes of QuickTime's texts begin with, unlike those of other boxes in `udta` (`cprt`)."""


@dataclass(frozen=True, slots=True)
class Metadata:
    """Names, as ffmpeg's, with texts, and the cover."""

    tags: tuple[tuple[str, str], ...]
    cover: CoverPicture | None


def read_metadata(source: ByteSource, movie: Mapping[bytes, Box]) -> Metadata:
    """Read what the boxes of the movie box tell. Nothing in them is an error."""
    texts: dict[str, str] = {}
    cover: CoverPicture | None = None
    for item in _items(source, movie):
        with suppress(ExtractionError, UnicodeDecodeError):
            if item.name == COVER:
                cover = cover or find_cover(source, item)
            elif item.name not in texts:
                text = _read_text(source, item)
                if text.strip():
                    texts[item.name] = text
    if b"udta" in movie:
        for name, text in read_3gpp_tags(source, movie[b"udta"]):
            texts.setdefault(name, text)
    if GENRE_NUMBER in texts:
        texts.setdefault("genre", texts.pop(GENRE_NUMBER))
    return Metadata(tuple(texts.items()), cover)


def _items(source: ByteSource, movie: Mapping[bytes, Box]) -> Iterator[Item]:
    user_data = movie.get(b"udta")
    if user_data is not None:
        yield from _listed(source, first_part(source, user_data, b"meta"))
    yield from _listed(source, movie.get(b"meta"))
    if user_data is not None:
        for part in parts(source, user_data):
            if part.type.startswith(_PLAIN) and part.type in NAMES:
                yield Item(NAMES[part.type], part, plain=True)


def _listed(source: ByteSource, meta: Box | None) -> Iterator[Item]:
    with suppress(ExtractionError):
        if meta is not None:
            yield from read_items(source, meta)


def _read_text(source: ByteSource, item: Item) -> str:
    if item.plain:
        return read_user_data(source, item.box)
    value = next(read_values(source, item.box), None)
    if value is None:
        return ""
    if item.name == GENRE_NUMBER:
        number = read_number(source, value, implied=True)
        return GENRES[number - 1] if 0 < number <= len(GENRES) else ""
    if item.name == "track":
        return read_track_number(source, value)
    if item.name == "date":
        year = read_number(source, value)
        return f"{year}" if year > 0 else read_value(source, value)
    return read_value(source, value)
