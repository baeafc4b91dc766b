"""iTunes' comment about priming and padding (`iTunSMPB`), which takes the place of an edit list in its files.

It lies among the metadata as an item `----`, which has a name (box `name`) and a value (box `data`): numbers in
hexadecimal digits, of which the second is the count of priming samples, the third that of padding, and the fourth that
of the sound between them.
"""

from collections.abc import Iterator, Mapping

from tracklift_adapters.mp4.metadata.metadata_parts import first_part, parts
from tracklift_adapters.mp4.structure.boxes import Box, fields
from tracklift_adapters.mp4.structure.byte_source import ByteSource
from tracklift_domain.extraction.errors import ExtractionError
from tracklift_domain.extraction.timeline import Edit

_NAME = b"iTunSMPB"
_LONGEST = 256
"""Bytes that are read of the comment; it takes about 120."""
_MOST_PRIMING = 10_000
"""Samples: encoders put a few thousand before the sound."""
_FULL_BOX, _VALUE_START = 4, 8


def find_gapless_edit(
    source: ByteSource, movie: Mapping[bytes, Box], rates: tuple[int, ...], media: float
) -> Edit | None:
    """Give what is to be heard of a track of `media` seconds; `None` where no comment tells, or none that can be true.

    Args:
        source: The file.
        movie: The boxes of the movie box.
        rates: Samples per second that the comment may count by; the lowest that fits counts.
        media: Seconds.
    """
    try:
        text = next(_comments(source, movie), b"")
        priming, _padding, length = (int(number, 16) for number in text.split()[1:4])
    except (ExtractionError, ValueError):
        return None
    if priming >= _MOST_PRIMING or length == 0:
        return None
    fitting = (rate for rate in sorted(rates) if rate and (priming + length) / rate <= media)
    rate = next(fitting, None)
    return None if rate is None else Edit(priming / rate, length / rate)


def _comments(source: ByteSource, movie: Mapping[bytes, Box]) -> Iterator[bytes]:
    user_data = movie.get(b"udta")
    meta = first_part(source, user_data, b"meta") if user_data is not None else None
    items = first_part(source, meta, b"ilst", skip=_FULL_BOX) if meta is not None else None
    if items is None:
        return
    for item in parts(source, items):
        if item.type != b"----":
            continue
        name, data = first_part(source, item, b"name"), first_part(source, item, b"data")
        if name is None or data is None or data.end - data.start < _VALUE_START:
            continue
        if name.end - name.start != _FULL_BOX + len(_NAME):
            continue
        if fields(source, name, _FULL_BOX, len(_NAME)) == _NAME:
            yield fields(source, data, _VALUE_START, min(data.end - data.start - _VALUE_START, _LONGEST))
