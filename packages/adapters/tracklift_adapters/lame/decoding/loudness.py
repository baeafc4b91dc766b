"""Loudness normalization by EBU R 128: measured in a first pass over the audio, then applied as one gain.

ffmpeg's filter `ebur128` measures the loudness (ITU-R BS.1770, with the true peak by fourfold oversampling). Each
frame's metadata contain the values so far.
"""

import math
from dataclasses import dataclass

from av.audio.frame import AudioFrame

from tracklift_adapters.lame.decoding.audio_filter import FORMAT, AudioFilter
from tracklift_adapters.lame.encoding.encoder import Samples

INTEGRATED = -16.0
"""LUFS."""
TRUE_PEAK = -1.0
"""dBTP."""
_SILENCE = -70.0
"""LUFS: the absolute gate of ITU-R BS.1770; quieter audio does not count."""
_INTEGRATED, _TRUE_PEAK = "lavfi.r128.I", "lavfi.r128.true_peak"
"""Metadata for the audio so far; the peak is relative to full scale."""


@dataclass(frozen=True, slots=True)
class Loudness:
    """The measured values."""

    integrated: float
    """LUFS."""
    true_peak: float
    """dBTP."""

    @property
    def gain(self) -> float | None:
        """The factor for samples that gives the target loudness; `None` if the peaks would exceed their limit."""
        if self.integrated <= _SILENCE:
            return 1.0  # Silence is not amplified.
        decibels = INTEGRATED - self.integrated
        return None if self.true_peak + decibels > TRUE_PEAK else 10 ** (decibels / 20)


class LoudnessMeter:
    """Measures the loudness of samples, block by block."""

    def __init__(self, *, sample_rate: int, channels: int) -> None:
        self._rate = sample_rate
        self._layout = "mono" if channels == 1 else "stereo"
        self._filter = AudioFilter(
            "ebur128",
            "peak=true:metadata=1:framelog=quiet",
            sample_format=FORMAT,
            layout=self._layout,
            sample_rate=sample_rate,
        )
        self._integrated = -math.inf
        self._peak = 0.0

    def add(self, samples: Samples) -> None:
        """Measure the next block."""
        frame = AudioFrame.from_ndarray(samples, format=FORMAT, layout=self._layout)
        frame.sample_rate = self._rate
        # The filter reports every tenth of a second; this includes the samples after the last report.
        self._peak = max(self._peak, float(samples.max()), -float(samples.min()))
        self._measure(frame)

    def loudness(self) -> Loudness:
        """Return the result, after the last block."""
        self._measure(None)
        return Loudness(self._integrated, 20 * math.log10(self._peak) if self._peak > 0 else -math.inf)

    def _measure(self, frame: AudioFrame | None) -> None:
        for measured in self._filter.filtered(frame):
            metadata = measured.metadata
            if _INTEGRATED in metadata:
                self._integrated = float(metadata[_INTEGRATED])
                self._peak = max(self._peak, float(metadata[_TRUE_PEAK]))
