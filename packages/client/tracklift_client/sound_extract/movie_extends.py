"""What the index says of the fragments to come (box `mvex`; ISO/IEC 14496-12, 8.8.1 to 8.8.3)."""

from collections.abc import Collection, Mapping
from typing import NamedTuple

from tracklift_client.sound_extract.box_writing import write
from tracklift_client.sound_extract.boxes import Box, children, content, number, only
from tracklift_client.sound_extract.errors import damaged
from tracklift_client.sound_extract.source import Source


class Defaults(NamedTuple):
    """What holds for samples of which a fragment says nothing: units of time and bytes."""

    duration: int
    size: int


class MovieExtends(NamedTuple):
    """The defaults of each track by its id, and what the fragments last together."""

    defaults: Mapping[int, Defaults]
    boxes: Mapping[int, bytes]
    """The payloads of `trex`."""
    announced: int | None
    """In units of the movie's time scale; `None`: nothing is announced."""

    def written(self, tracks: Collection[int]) -> bytes:
        """Write the box with the defaults of some tracks, and without an announcement."""
        return write(b"mvex", *(write(b"trex", box) for name, box in self.boxes.items() if name in tracks))


def read_extends(source: Source, mvex: Box) -> MovieExtends:
    """Read the box.

    Raises:
        NoExtractError: it makes no sense.
    """
    boxes = children(source, mvex)
    defaults: dict[int, Defaults] = {}
    payloads: dict[int, bytes] = {}
    for trex in boxes:
        if trex.type == b"trex":
            name = number(source, trex, 4)
            if name in defaults:
                raise damaged("a track has two sets of defaults for fragments")
            defaults[name] = Defaults(number(source, trex, 12), number(source, trex, 16))
            payloads[name] = content(source, trex)
    return MovieExtends(defaults, payloads, _announced(source, only(boxes, b"mehd")))


def _announced(source: Source, mehd: Box | None) -> int | None:
    if mehd is None:
        return None
    return number(source, mehd, 4, 8 if number(source, mehd, 0, 1) == 1 else 4)
