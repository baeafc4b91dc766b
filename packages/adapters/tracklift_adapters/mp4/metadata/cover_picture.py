"""The cover picture among the metadata: where it lies, and what kind of picture it is."""

from tracklift_adapters.mp4.metadata.item_list import Item, read_values
from tracklift_adapters.mp4.structure.byte_source import ByteSource
from tracklift_domain.extraction.tags import LARGEST_COVER, CoverPicture

_SIGNATURES = ((b"\xff\xd8\xff", "image/jpeg"), (b"\x89PNG\r\n\x1a\n", "image/png"))
"""The first bytes tell what it is: a value may have the type of another picture, or none."""
_LONGEST_SIGNATURE = 8


def find_cover(source: ByteSource, item: Item) -> CoverPicture | None:
    """Give the first JPEG or PNG of an item that is not too large.

    Raises:
        ExtractionError: the bytes of the file can't be read.
    """
    for value in read_values(source, item.box):
        if value.size > LARGEST_COVER:
            continue
        head = source.at(value.position, min(_LONGEST_SIGNATURE, value.size))
        for signature, media_type in _SIGNATURES:
            if head.startswith(signature):
                return CoverPicture(media_type=media_type, position=value.position, size=value.size)
    return None
