"""How an MP3 is encoded."""

from dataclasses import dataclass

from tracklift_domain.extraction.options import DEFAULT_BITRATE, SAMPLE_RATES, AudioOptions, highest_bitrate


@dataclass(frozen=True, slots=True, kw_only=True)
class Encoding:
    """How the MP3 is encoded: at a constant `bitrate` in kbit/s, or with LAME's variable bit rate at `quality`."""

    sample_rate: int
    channels: int
    bitrate: int | None
    quality: int | None


def choose_encoding(options: AudioOptions, sample_rate: int, channels: int) -> Encoding:
    """Decide how to encode sound of this sample rate (Hz) and number of channels."""
    # A rate that MP3 doesn't support is raised to the next one it supports, so that nothing audible is cut off.
    nearest = next((rate for rate in SAMPLE_RATES if rate >= sample_rate), SAMPLE_RATES[-1])
    rate = options.sample_rate or nearest
    bitrate = None
    if options.quality is None:
        bitrate = min(options.bitrate or DEFAULT_BITRATE, highest_bitrate(rate))
    return Encoding(
        sample_rate=rate,
        channels=options.channels or min(max(channels, 1), 2),
        bitrate=bitrate,
        quality=options.quality,
    )
