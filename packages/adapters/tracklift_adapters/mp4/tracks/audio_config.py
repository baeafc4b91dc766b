"""The AudioSpecificConfig of AAC (ISO/IEC 14496-3, 1.6.2.1): what a decoder really puts out.

High-Efficiency AAC codes half of the sample rate and rebuilds the rest (spectral band replication), and may rebuild
stereo from mono (parametric stereo). It says so in the configuration only, not in the sample entry.
"""

from dataclasses import dataclass

_RATES = (96000, 88200, 64000, 48000, 44100, 32000, 24000, 22050, 16000, 12000, 11025, 8000, 7350)
_CHANNELS = (0, 1, 2, 3, 4, 5, 6, 8, 0, 0, 0, 7, 8, 24, 8)
LOW_COMPLEXITY = 2
_BAND_REPLICATION = 5
_PARAMETRIC_STEREO = 29
_GENERAL_AUDIO = frozenset({1, 2, 3, 4, 6, 7, 17, 19, 20, 21, 22, 23})
_RATE_EXTENSION = 0x2B7
_STEREO_EXTENSION = 0x548


@dataclass(frozen=True, slots=True)
class AudioConfig:
    """What a configuration says. A rate or a number of channels of 0 is not told here."""

    object_type: int
    sample_rate: int
    channels: int


class _Bits:
    """Bits of a short text from its front; behind its end there are zeros."""

    def __init__(self, data: bytes) -> None:
        self._value = int.from_bytes(data)
        self.left = len(data) * 8

    def take(self, count: int) -> int:
        self.left -= count
        shifted = self._value >> self.left if self.left >= 0 else self._value << -self.left
        return shifted & ((1 << count) - 1)


def read_audio_config(data: bytes) -> AudioConfig:
    """Read a configuration; one that is cut off says nothing about the missing part."""
    bits = _Bits(data[:64])
    object_type = _object_type(bits)
    sample_rate = _sample_rate(bits)
    index = bits.take(4)
    channels = _CHANNELS[index] if index < len(_CHANNELS) else 0
    if object_type in {_BAND_REPLICATION, _PARAMETRIC_STEREO}:
        parametric = object_type == _PARAMETRIC_STEREO
        return AudioConfig(object_type, _sample_rate(bits), 2 if parametric and channels == 1 else channels)
    if object_type in _GENERAL_AUDIO and channels:
        return _with_extension(bits, AudioConfig(object_type, sample_rate, channels))
    return AudioConfig(object_type, sample_rate, channels)


def _object_type(bits: _Bits) -> int:
    value = bits.take(5)
    return 32 + bits.take(6) if value == 31 else value


def _sample_rate(bits: _Bits) -> int:
    index = bits.take(4)
    if index == 15:
        return bits.take(24)
    return _RATES[index] if index < len(_RATES) else 0


def _with_extension(bits: _Bits, config: AudioConfig) -> AudioConfig:
    """Read on for the extension that older decoders pass over."""
    bits.take(1)  # frameLengthFlag
    if bits.take(1):  # dependsOnCoreCoder
        bits.take(14)
    bits.take(1)  # extensionFlag
    if bits.left < 17 or bits.take(11) != _RATE_EXTENSION or _object_type(bits) != _BAND_REPLICATION:
        return config
    if not bits.take(1):  # sbrPresentFlag
        return config
    rate = _sample_rate(bits)
    parametric = bits.left >= 12 and bits.take(11) == _STEREO_EXTENSION and bits.take(1) == 1
    return AudioConfig(
        config.object_type, rate, 2 if parametric and config.channels == 1 else config.channels
    )
