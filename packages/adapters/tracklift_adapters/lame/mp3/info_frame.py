"""The Info frame: a silent frame before the audio frames that describes them.

Xing's part is where the main data of that frame would begin. All numbers are big-endian:

     0   "Info" where the bitrate is constant, "Xing" where it is not
     4   which of the following are present: 1 frames, 2 bytes, 4 seek table, 8 quality
     8   number of audio frames (32 bits)
    12   bytes of this frame and the audio frames (32 bits)
    16   seek table: for each percent of the time its position in these bytes, in 256ths
    116  quality, at most 100 (32 bits)

LAME's extension of 36 bytes follows (Mp3 Info Tag revision 1). Only with it do decoders skip the samples that the
encoder added at the beginning and end:

     0   encoder and its version, 9 characters
     9   4 bits revision of the tag (0), 4 bits method: 1 constant, 4 variable bitrate
    10   lowpass, in 100 Hz
    11   peak (32 bits) and two replay gains (16 bits each): 0 if not measured
    19   4 bits flags (1: "nspsytune"), 4 bits type of the hearing threshold
    20   bitrate, or the lowest one if it varies; at most 255
    21   12 bits delay, 12 bits padding, in samples per channel
    24   2 bits rate of the source (0: to 32 kHz, 1: 44.1, 2: 48, 3: above), 1 bit unwise settings, 3 bits mode (0 mono,
         1 stereo, 2 dual channel, 3 joint stereo), 2 bits noise shaping
    25   gain that was applied (8 bits), preset (16 bits): the bitrate
    28   bytes of this frame and the audio frames (32 bits)
    32   CRC-16 of the audio frames
    34   CRC-16 of this frame up to here
"""

import struct
from dataclasses import dataclass

from fastcrc import crc16

from tracklift_adapters.lame.mp3.frame_header import FrameHeader, bitrates, read_header
from tracklift_adapters.lame.mp3.frame_writer import FrameWriter

XING_SIZE, LAME_SIZE = 120, 36
CONSTANT, VARIABLE = b"Info", b"Xing"
_XING = struct.Struct(">4sIII100sI")
_LAME = struct.Struct(">9sBBIIBB3sBBHIH")
_ALL_FIELDS = 0xF
_NSPSYTUNE, _THRESHOLD, _NOISE_SHAPING = 1, 4, 1
_MODES = (1, 3, 2, 0)
"""By the header's mode: stereo, joint stereo, dual channel, mono."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Encoding:
    """How LAME has encoded the audio."""

    encoder: str = "LAME"
    """Its name and version, cut to nine characters. Players detect the extension by LAME's name."""
    samples: int
    """Samples per channel of input."""
    delay: int = 576
    """Samples per channel of output before these."""
    quality: int = 3
    """LAME's scale of effort: 0 the best, 9 the worst."""
    variable_quality: int = 4
    """LAME's scale for a variable bitrate: 0 the best, 9 the worst. It is written for a constant one, too."""
    lowpass: int = 0
    """Hz; 0 if unknown, or if there is none."""
    source_rate: int
    """Hz."""


def info_frame_size(first: FrameHeader) -> int:
    """Return the size in bytes of an Info frame for audio whose first frame has this header."""
    return _header(first).size


def info_frame(written: FrameWriter, encoding: Encoding | None = None) -> bytes:
    """Return the Info frame; if the encoding is not known, LAME's extension is zero.

    Raises:
        ValueError: there are no audio frames, or fewer than the encoding's samples need.
    """
    header = _header(written.first)
    total = min(header.size + written.size, 0xFFFFFFFF)
    constant = written.constant_bitrate
    kind = CONSTANT if constant else VARIABLE
    quality = 0 if encoding is None else 100 - 10 * encoding.variable_quality - encoding.quality
    frame = bytearray(header.size)
    xing = _XING.pack(
        kind, _ALL_FIELDS, len(written.sizes), total, _seek_table(written, header.size), quality
    )
    frame[: header.body_start] = header.word.to_bytes(4).ljust(header.body_start, b"\0")
    frame[header.body_start : header.body_start + XING_SIZE] = xing
    if encoding is not None:
        start = header.body_start + XING_SIZE
        frame[start : start + LAME_SIZE - 2] = _extension(written, encoding, total, constant=constant)
        end = start + LAME_SIZE
        frame[end - 2 : end] = crc16.arc(bytes(frame[: end - 2])).to_bytes(2)
    return bytes(frame)


def _header(first: FrameHeader) -> FrameHeader:
    """Return a header with the bitrate of the audio, or the lowest one whose frames are large enough."""
    bare = first.word & ~(0xF << 12 | 1 << 9 | 3 << 4) | 1 << 16  # no padding, no joint stereo, no checksum
    numbers = range(1, len(bitrates(first.version)))
    candidates = [read_header((bare | number << 12).to_bytes(4)) for number in numbers]
    with_room = [each for each in candidates if each.size >= each.body_start + XING_SIZE + LAME_SIZE]
    return next((each for each in with_room if each.bitrate == first.bitrate), with_room[0])


def _seek_table(written: FrameWriter, start: int) -> bytes:
    """Return the position of the frame at each percent of the time; the first one is 0."""
    sizes, position, counted = written.sizes, start, 0
    table = bytearray(1)
    for percent in range(1, 100):
        frame = percent * len(sizes) // 100
        position += sum(sizes[counted:frame])
        counted = frame
        table.append(256 * position // (start + written.size))
    return bytes(table)


def _extension(written: FrameWriter, encoding: Encoding, total: int, *, constant: bool) -> bytes:
    first = written.first
    padding = written.samples - encoding.delay - encoding.samples
    if not (0 <= encoding.delay < 4096 and 0 <= padding < 4096):
        raise ValueError(
            f"{written.samples:,} samples of audio can't hold {encoding.samples:,} after a delay of {encoding.delay}"
        )
    bitrate = first.bitrate if constant else bitrates(first.version)[1]
    source_rate = sum(encoding.source_rate > rate for rate in (32000, 44100, 48000))
    return _LAME.pack(
        encoding.encoder.encode("ascii", "replace")[:9],
        1 if constant else 4,
        min(encoding.lowpass // 100, 255),
        0,
        0,
        _NSPSYTUNE << 4 | _THRESHOLD,
        min(bitrate, 255),
        (encoding.delay << 12 | padding).to_bytes(3),
        source_rate << 6 | _MODES[first.mode] << 2 | _NOISE_SHAPING,
        0,
        first.bitrate if constant else 0,
        total,
        written.checksum,
    )
