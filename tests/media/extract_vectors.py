"""The test vectors of sound extracts: `python -m tests.media.extract_vectors` writes them.

Another implementation reads the files and `vectors.json`: for each file its size and SHA-256, and those of its extract,
or the reason for which there is none. No file changes unless its recipe does.
"""

import hashlib
import io
import json
import struct
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.media import boxes
from tests.media.boxes import (
    aac_entry,
    box,
    edit_list,
    file_type,
    full_box,
    large_box,
    movie,
    sample_entry,
)
from tests.media.chapter_boxes import references
from tests.media.extract_files import (
    MORE_SOUND,
    PICTURES,
    RATE,
    SOUND,
    TAGS,
    TITLES,
    compact_sizes,
    fragment,
    head_of_a_recording,
    heard,
    in_64_bits,
    index_behind,
    index_in_front,
    interleaved,
    pictures,
    recording,
    sample,
    shown,
    single_samples,
    sound,
    titles,
)
from tracklift_client.sound_extract.errors import NoExtractError
from tracklift_client.sound_extract.extract import SoundExtract

FOLDER = Path(__file__).parents[1] / "unit" / "client" / "vectors"
INDEX = "vectors.json"


def _several_media() -> bytes:
    """Pictures and sound in two media boxes each, with free space between them, and a second index."""
    seen, listened = pictures(), sound()
    parts, position = [file_type()], len(file_type())
    for turn in range(3):
        for each in (seen, listened):
            media = box(b"mdat", each.chunks[turn])
            each.offsets.append(position + 8)
            space = box(b"free", bytes(5))
            parts += [media, space]
            position += len(media) + len(space)
    index = movie(seen.written(0), listened.written(0))
    return b"".join([*parts, index, movie(boxes.track(boxes.TrackRecipe()))])


def _out_of_order() -> bytes:
    """Chunks that go back in the file, and two that share bytes."""
    tracks = pictures(), sound(sizes=[40] * 6)
    media = interleaved(*tracks)
    _, second, third = tracks[1].offsets
    tracks[1].offsets = [third, second, second + 30]
    start = len(file_type()) + 8
    return file_type() + box(b"mdat", media) + movie(*(each.written(start) for each in tracks))


def _quicktime() -> bytes:
    """No file type, sound in an old form, a terminator behind user data."""
    raw = sample(SOUND, 0, 2 * 2 * 48)
    laid = single_samples(sample_entry(b"sowt"), 48, raw, [16, 16, 16])
    return index_behind(pictures(), laid, kind=box(b"wide"), user_data=box(b"udta", bytes(4)))


def _blocks() -> bytes:
    laid = single_samples(sample_entry(b"ima4"), 256, sample(SOUND, 0, 4 * 34 * 2), [128, 128])
    return index_behind(pictures(), laid, kind=file_type(b"qt  "))


def _packed_entry(*, samples: int, size: int) -> bytes:
    """Build a sample entry of QuickTime's version 1 that tells in how many bytes so many samples lie."""
    head = struct.pack(">6xHHHIHHHHI", 1, 1, 0, 0, 2, 16, 0, 0, RATE << 16)
    return box(b"QDM2", head, struct.pack(">IIII", samples, 0, size, 0))


def _hybrid() -> bytes:
    head = index_behind(pictures(), sound(), extends=_extends(PICTURES, SOUND))
    return recording([shown(None, track=PICTURES), heard(6144, track=SOUND)], front=head)


def _extends(*names: int, announced: int | None = None) -> bytes:
    mehd = b"" if announced is None else full_box(b"mehd", struct.pack(">I", announced))
    trex = (full_box(b"trex", struct.pack(">IIIII", name, 1, 1024, 0, 0)) for name in names)
    return box(b"mvex", mehd, *trex, full_box(b"trep", struct.pack(">I", names[0])))


def _between_segments() -> bytes:
    """What streaming services write around fragments, and sound in every second one only."""
    content = head_of_a_recording(announced=300)
    marks = (
        box(b"styp", b"msdh", bytes(4), b"msdh"),
        full_box(b"prft", bytes(20)),
        full_box(b"emsg", bytes(20)),
    )
    for number, part in enumerate((shown(), heard(), shown(93), heard(3072)), start=1):
        content += b"".join(marks)
        content += fragment(len(content), number, part)
    return content + full_box(b"mfra", full_box(b"mfro", struct.pack(">I", 0)))


VECTORS: dict[str, Callable[[], bytes]] = {
    "index-behind": lambda: index_behind(pictures(), sound()),
    "index-in-front": lambda: index_in_front(pictures(), sound()),
    "wide-offsets": lambda: index_in_front(pictures(), sound(wide=True)),
    "sizes-of-64-bits": in_64_bits,
    "media-of-64-bits": lambda: index_in_front(
        pictures(), sound(), around=lambda media: large_box(b"mdat", media)
    ),
    "media-to-the-end": lambda: index_in_front(
        pictures(), sound(), around=lambda media: struct.pack(">I4s", 0, b"mdat") + media
    ),
    "several-media": _several_media,
    "out-of-order": _out_of_order,
    "two-tracks": lambda: index_behind(sound(), pictures(), sound(MORE_SOUND, [50, 1, 50], per_chunk=1)),
    "tags-and-chapters": lambda: index_behind(
        pictures(references=references(TITLES, 9)),
        sound(),
        titles("Begin", "Ende"),
        user_data=TAGS + boxes.metadata() + box(b"free", bytes(9)) + TAGS,
    ),
    "two-lists-of-chapters": lambda: index_behind(
        pictures(),
        sound(references=references(TITLES + 1, TITLES)),
        titles("A"),
        titles("B", name=TITLES + 1),
    ),
    **{
        f"sizes-of-{width}-bits": lambda width=width: index_behind(  # type: ignore[misc]
            pictures(), sound(sizes=[1, 15, 3, 9, 2], stsz=compact_sizes(width, [1, 15, 3, 9, 2]))
        )
        for width in (4, 8, 16)
    },
    "equal-sizes": lambda: index_behind(
        pictures(), sound(sizes=[32] * 5, stsz=full_box(b"stsz", struct.pack(">II", 32, 5)))
    ),
    "two-descriptions": lambda: index_behind(
        pictures(),
        sound(
            stsc=full_box(b"stsc", struct.pack(">IIIIIII", 2, 1, 2, 1, 2, 2, 2)),
            stsd=full_box(b"stsd", struct.pack(">I", 2), aac_entry(), aac_entry()),
        ),
    ),
    "empty-samples": lambda: index_behind(pictures(), sound(sizes=[0, 0, 9, 0, 0, 7, 5, 0])),
    "empty-track-first": lambda: index_behind(sound(MORE_SOUND, []), pictures(), sound()),
    "quicktime": _quicktime,
    "quicktime-blocks": _blocks,
    "quicktime-version-1": lambda: index_behind(
        pictures(), single_samples(_packed_entry(samples=16, size=6), 64, sample(SOUND, 0, 24), [32, 32])
    ),
    "quicktime-version-2": lambda: index_behind(
        pictures(), single_samples(sample_entry(b"lpcm", version=2), 16, sample(SOUND, 0, 64), [8, 8])
    ),
    "announced-fragments-without-any": lambda: index_behind(
        pictures(), sound(), extends=_extends(PICTURES, SOUND)
    ),
    "fragments": lambda: recording([shown(), heard()], [heard(3072), shown(40)]),
    "fragments-absolute": lambda: recording([shown(flags=1), heard(flags=1)], [shown(40, flags=1)]),
    "fragments-implicit": lambda: recording([shown(flags=0), heard(flags=0)], [shown(40), heard(3072)]),
    "fragments-equal-sizes": lambda: recording(
        [shown(equal=True), heard(sizes=[21] * 4, equal=True, runs=2)]
    ),
    "fragments-without-times": lambda: recording([shown(None), heard(None)], [shown(None), heard(None)]),
    "fragments-with-groups": lambda: recording(
        [shown(), heard(between=full_box(b"sbgp", b"roll", bytes(4)))], [shown(40), heard(3072)]
    ),
    "fragments-of-segments": _between_segments,
    "fragments-junk-behind": lambda: recording([shown(), heard()], behind=b"Made with a camera."),
    "fragments-pictures-first": lambda: recording([shown(1000), heard(RATE + 500)], [shown(1040)]),
    "fragments-pictures-first-with-edits": lambda: recording(
        [heard(RATE)],
        [shown(700)],
        front=head_of_a_recording(edits=edit_list((0, 1024))),
    ),
    "fragments-behind-samples": _hybrid,
    "refused-text": lambda: b"No video at all.\n" * 5,
    "refused-picture": lambda: file_type(b"heic") + index_behind(pictures(), sound())[20:],
    "refused-no-sound": lambda: index_behind(pictures()),
    "refused-sound-only": lambda: index_behind(sound(per_chunk=6)),
    "refused-encrypted": lambda: index_behind(pictures(), sound(entry=sample_entry(b"enca"))),
    "refused-elsewhere": lambda: index_behind(
        pictures(), sound(data_reference=full_box(b"url ", b"file:///sound.aac\0"))
    ),
    "refused-cut-off": lambda: index_in_front(pictures(), sound())[:-3],
    "refused-cut-off-fragment": lambda: recording([shown(), heard()], [shown(40), heard(3072)])[:-3],
    "refused-shorter-than-announced": lambda: recording(
        [shown(), heard()], front=head_of_a_recording(announced=10_000)
    ),
    "refused-same-ids": lambda: index_behind(pictures(id=SOUND), sound()),
    "refused-single-samples-of-unknown-size": lambda: index_behind(
        pictures(), single_samples(sample_entry(b"QDM2"), 64, sample(SOUND, 0, 64), [64])
    ),
}
"""How each file is made."""


def outcome(content: bytes) -> dict[str, Any]:
    """Give what an implementation has to find: the extract's size and SHA-256, or why there is none."""
    try:
        extract = SoundExtract(io.BytesIO(content))
    except NoExtractError as error:
        return {"refused": str(error.reason)}
    return {"size": extract.size, "sha256": hashlib.sha256(extract.read(0, extract.size)).hexdigest()}


def describe(content: bytes) -> dict[str, Any]:
    """Give the entry of a file in the index."""
    return {
        "source": {"size": len(content), "sha256": hashlib.sha256(content).hexdigest()},
        "extract": outcome(content),
    }


def main() -> int:
    """Write the files and their index."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    index = {}
    for name, make in VECTORS.items():
        content = make()
        (FOLDER / f"{name}.mp4").write_bytes(content)
        index[name] = describe(content)
    (FOLDER / INDEX).write_text(json.dumps(index, indent=2) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
