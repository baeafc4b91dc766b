"""Building MP4 files box by box, also such as no program would write."""

import struct
from dataclasses import dataclass, field

SAME_FILE = 1
MATRIX = struct.pack(">9I", 0x10000, 0, 0, 0, 0x10000, 0, 0, 0, 0x40000000)


def box(kind: bytes, *payload: bytes) -> bytes:
    content = b"".join(payload)
    return struct.pack(">I4s", len(content) + 8, kind) + content


def large_box(kind: bytes, *payload: bytes) -> bytes:
    content = b"".join(payload)
    return struct.pack(">I4sQ", 1, kind, len(content) + 16) + content


def full_box(kind: bytes, *payload: bytes, version: int = 0, flags: int = 0) -> bytes:
    return box(kind, struct.pack(">I", version << 24 | flags), *payload)


def file_type(brand: bytes = b"isom") -> bytes:
    return box(b"ftyp", brand, struct.pack(">I", 0x200), brand)


def movie_header(timescale: int = 1000, duration: int = 0) -> bytes:
    return full_box(
        b"mvhd",
        struct.pack(">IIIIIH10x", 0, 0, timescale, duration, 0x10000, 0x100),
        MATRIX,
        struct.pack(">24xI", 2),
    )


def edit_list(*edits: tuple[int, int], version: int = 0) -> bytes:
    """Build `edts`; each edit is a duration and a media time."""
    entry = ">QqI" if version else ">IiI"
    entries = (struct.pack(entry, duration, start, 0x10000) for duration, start in edits)
    return box(b"edts", full_box(b"elst", struct.pack(">I", len(edits)), *entries, version=version))


def descriptor(tag: int, content: bytes) -> bytes:
    return bytes([tag, 0x80, 0x80, len(content) >> 7 | 0x80, len(content) & 0x7F]) + content


def stream_descriptor(object_type: int, config: bytes) -> bytes:
    """Build `esds`."""
    decoder = bytes([object_type, 0x15]) + bytes(11) + (descriptor(5, config) if config else b"")
    return full_box(b"esds", descriptor(3, b"\0\1\0" + descriptor(4, decoder) + descriptor(6, b"\2")))


def sample_entry(code: bytes, *boxes: bytes, channels: int = 2, rate: int = 44100, version: int = 0) -> bytes:
    extra = {0: b"", 1: bytes(16), 2: struct.pack(">IdI20x", 72, float(rate), channels)}[version]
    fixed_rate = rate << 16 if rate < 2**16 and version != 2 else 0
    return box(
        code,
        struct.pack(">6xHHHIHHHHI", 1, version, 0, 0, channels if version != 2 else 3, 16, 0, 0, fixed_rate),
        extra,
        *boxes,
    )


AAC_LC_STEREO_44100 = bytes.fromhex("1210")


def aac_entry(config: bytes = AAC_LC_STEREO_44100, *, channels: int = 2, rate: int = 44100) -> bytes:
    return sample_entry(b"mp4a", stream_descriptor(0x40, config), channels=channels, rate=rate)


@dataclass(kw_only=True)
class TrackRecipe:
    """One track. What is `None` is made to fit; any bytes take its place."""

    entry: bytes = field(default_factory=aac_entry)
    handler: bytes = b"soun"
    id: int = 1
    timescale: int = 44100
    samples: int = 100
    sample_size: int = 50
    sample_duration: int = 1024
    chunk_offset: int = 0
    media_duration: int | None = None
    edits: bytes = b""
    references: bytes = b""
    stsd: bytes | None = None
    stts: bytes | None = None
    stsz: bytes | None = None
    stsc: bytes | None = None
    stco: bytes | None = None
    data_reference: bytes = field(default_factory=lambda: full_box(b"url ", flags=SAME_FILE))
    flags: int = 3


def sample_table(recipe: TrackRecipe) -> bytes:
    count = recipe.samples
    sizes = struct.pack(f">{count}I", *[recipe.sample_size] * count)
    return box(
        b"stbl",
        recipe.stsd if recipe.stsd is not None else full_box(b"stsd", struct.pack(">I", 1), recipe.entry),
        recipe.stts
        if recipe.stts is not None
        else full_box(b"stts", struct.pack(">III", 1, count, recipe.sample_duration)),
        recipe.stsc if recipe.stsc is not None else full_box(b"stsc", struct.pack(">IIII", 1, 1, count, 1)),
        recipe.stsz if recipe.stsz is not None else full_box(b"stsz", struct.pack(">II", 0, count), sizes),
        recipe.stco
        if recipe.stco is not None
        else full_box(b"stco", struct.pack(">II", 1, recipe.chunk_offset)),
    )


def track(recipe: TrackRecipe) -> bytes:
    """Build `trak`."""
    duration = recipe.media_duration
    if duration is None:
        duration = recipe.samples * recipe.sample_duration
    header = struct.pack(">IIIIIIIHHHH", 0, 0, recipe.id, 0, 0, 0, 0, 0, 0, 0x100, 0)
    return box(
        b"trak",
        full_box(b"tkhd", header, MATRIX, bytes(8), flags=recipe.flags),
        recipe.references,
        recipe.edits,
        box(
            b"mdia",
            full_box(b"mdhd", struct.pack(">IIIIHH", 0, 0, recipe.timescale, duration, 0, 0)),
            full_box(b"hdlr", struct.pack(">4x4s12xx", recipe.handler)),
            box(
                b"minf",
                full_box(b"smhd", bytes(4)),
                box(b"dinf", full_box(b"dref", struct.pack(">I", 1), recipe.data_reference)),
                sample_table(recipe),
            ),
        ),
    )


def movie(*tracks: bytes, header: bytes | None = None, extends: bytes = b"", user_data: bytes = b"") -> bytes:
    """Build `moov`; `user_data` is any boxes behind its tracks."""
    return box(b"moov", movie_header() if header is None else header, *tracks, extends, user_data)


def video_file(*tracks: bytes, media: int = 5000, **moov: bytes) -> bytes:
    """Build a file with the index behind the media, whose first byte is at `media_start()`."""
    return file_type() + box(b"mdat", bytes(media)) + movie(*tracks, **moov)


def media_start() -> int:
    return len(file_type()) + 8


def audio_file(recipe: TrackRecipe, media: int = 5000) -> bytes:
    """Build a file with one audio track, whose samples lie where its chunk offset says."""
    recipe.chunk_offset = recipe.chunk_offset or media_start()
    return video_file(track(recipe), media=media)


def fragment(
    track_id: int,
    samples: int,
    *,
    durations: list[int] | None = None,
    default: int | None = None,
    time: int | None = None,
) -> bytes:
    """Build `moof` and `mdat`: each sample's own duration, or one for all, or the track's default.

    `time` is when the first sample is decoded.
    """
    header = struct.pack(">I", track_id) + (struct.pack(">I", default) if default is not None else b"")
    decode_time = b"" if time is None else full_box(b"tfdt", struct.pack(">Q", time), version=1)
    fields = struct.pack(f">{len(durations)}I", *durations) if durations is not None else b""
    run = full_box(b"trun", struct.pack(">Ii", samples, 0), fields, flags=0x101 if durations else 0x1)
    return box(
        b"moof",
        full_box(b"mfhd", struct.pack(">I", 1)),
        box(
            b"traf",
            full_box(b"tfhd", header, flags=0x20008 if default is not None else 0x20000),
            decode_time,
            run,
        ),
    ) + box(b"mdat", bytes(10))


def initialisation(
    *recipes: TrackRecipe, announced: int | None = None, duration: int = 1024, header: bytes | None = None
) -> bytes:
    """Build a file type and an index of tracks without samples of their own; `duration` is each sample's default."""
    for number, recipe in enumerate(recipes, start=1):
        recipe.id, recipe.samples = number, 0
        recipe.stts = full_box(b"stts", bytes(4))
        recipe.stsc = full_box(b"stsc", bytes(4))
        recipe.stco = full_box(b"stco", bytes(4))
        recipe.media_duration = 0 if recipe.media_duration is None else recipe.media_duration
    mehd = b"" if announced is None else full_box(b"mehd", struct.pack(">I", announced))
    defaults = (full_box(b"trex", struct.pack(">IIIII", recipe.id, 1, duration, 0, 0)) for recipe in recipes)
    tracks = (track(recipe) for recipe in recipes)
    return file_type() + movie(*tracks, header=header, extends=box(b"mvex", mehd, *defaults))


def movie_extends(track_id: int = 1, duration: int = 1024, announced: int | None = None) -> bytes:
    """Build `mvex`; `announced` is in the movie's time scale."""
    mehd = b"" if announced is None else full_box(b"mehd", struct.pack(">I", announced))
    return box(b"mvex", mehd, full_box(b"trex", struct.pack(">IIIII", track_id, 1, duration, 0, 0)))


def metadata(*items: bytes, handler: bytes = b"mdir", keys: bytes = b"", full: bool = True) -> bytes:
    """Build `meta` with a list of items; a full box as in MP4, or a plain one as in QuickTime files."""
    heading = full_box(b"hdlr", struct.pack(">4x4s4s9x", handler, b"appl"))
    return (full_box if full else box)(b"meta", heading, keys, box(b"ilst", *items))


def data_value(content: bytes, kind: int = 1) -> bytes:
    """Build `data`, of the well-known type UTF-8 unless told otherwise."""
    return box(b"data", struct.pack(">II", kind, 0), content)


def text_item(code: bytes, text: str) -> bytes:
    return box(code, data_value(text.encode()))


def metadata_keys(*names: str) -> bytes:
    """Build `keys`."""
    entries = (box(b"mdta", name.encode()) for name in names)
    return full_box(b"keys", struct.pack(">I", len(names)), *entries)


def user_text(code: bytes, text: bytes, language: int = 0x55C4) -> bytes:
    """Build a text of QuickTime's user data, in no particular language unless told otherwise."""
    return box(code, struct.pack(">HH", len(text), language), text)


def text_3gpp(code: bytes, text: str, behind: bytes = b"", *, encoding: str = "utf-8") -> bytes:
    """Build a text of 3GPP's user data, in Spanish; `behind` are bytes behind its end."""
    marked = text if encoding == "utf-8" else "\ufeff" + text
    return full_box(code, struct.pack(">H", 0x15C7), f"{marked}\0".encode(encoding), behind)
