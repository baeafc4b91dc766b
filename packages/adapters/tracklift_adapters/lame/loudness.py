"""Loudness by EBU R 128: measured in a first pass over the audio, then brought to the target by one gain.

The measuring is done by ffmpeg's filter `ebur128` (ITU-R BS.1770, with the true peak from fourfold oversampling), which
tells in each frame's metadata what it has found so far.
"""

import math
from dataclasses import dataclass

from av.audio.frame import AudioFrame

from tracklift_adapters.lame.audio_filter import FORMAT, AudioFilter
from tracklift_adapters.lame.encoder import Samples

INTEGRATED = -16.0
"""LUFS."""
TRUE_PEAK = -1.0
"""dBTP."""
_SILENCE = -70.0
"""LUFS: the absolute gate of ITU-R BS.1770, below which nothing is measured."""
_INTEGRATED, _TRUE_PEAK = "lavfi.r128.I", "lavfi.r128.true_peak"
"""Of all that was heard so far; the peak in proportion to full scale."""


@dataclass(frozen=True, slots=True)
class Loudness:
    """What was measured."""

    integrated: float
    """LUFS."""
    true_peak: float
    """dBTP."""

    @property
    def gain(self) -> float | None:
        """What samples are multiplied with to reach the target; `None` if the peaks would come above their limit."""
        if self.integrated <= _SILENCE:
            return 1.0  # Nothing that could be heard is brought to any loudness.
        decibels = INTEGRATED - self.integrated
        return None if self.true_peak + decibels > TRUE_PEAK else 10 ** (decibels / 20)


class LoudnessMeter:
    """Measures samples that come block by block."""

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
        """Measure on."""
        frame = AudioFrame.from_ndarray(samples, format=FORMAT, layout=self._layout)
        frame.sample_rate = self._rate
        # The filter tells of whole tenths of a second; this hears what comes behind the last one.
        self._peak = max(self._peak, float(samples.max()), -float(samples.min()))
        self._measure(frame)

    def loudness(self) -> Loudness:
        """Give what was found, after the last sample."""
        self._measure(None)
        return Loudness(self._integrated, 20 * math.log10(self._peak) if self._peak > 0 else -math.inf)

    def _measure(self, frame: AudioFrame | None) -> None:
        for measured in self._filter.filtered(frame):
            told = measured.metadata
            if _INTEGRATED in told:
                self._integrated = float(told[_INTEGRATED])
                self._peak = max(self._peak, float(told[_TRUE_PEAK]))
