"""Loudness by EBU R 128: measured first, then brought to the target.

ffmpeg's filter `loudnorm` shifts the whole audio by one gain where it knows the measured values and the true peak
stays below its limit; otherwise it follows the audio with a changing gain. The values are measured with the filter
`ebur128`, which uses the same method as `loudnorm` and is five times as fast.
"""

import math
import re
from dataclasses import dataclass

from tracklift_adapters.moviepy.encoding import AudioSink
from tracklift_domain.extraction.plan import ExtractionPlan

INTEGRATED = -16.0
"""LUFS."""
TRUE_PEAK = -1.0
"""dBTP."""
RANGE = 11.0
"""LU that music and films seldom exceed; audio with a wider range keeps it."""
_SILENCE = -70.0
"""LUFS: the absolute gate of ITU-R BS.1770, below which nothing is measured."""
_NUMBER = r"\s+(-?(?:[\d.]+|inf|nan))"
_SUMMARY = re.compile(
    rf"I:{_NUMBER} LUFS\s+Threshold:{_NUMBER} LUFS.*?LRA:{_NUMBER} LU\s.*?Peak:{_NUMBER} dBFS", re.DOTALL
)


@dataclass(frozen=True, slots=True)
class Loudness:
    """What was measured."""

    integrated: float
    """LUFS."""
    threshold: float
    """LUFS of the relative gate."""
    range: float
    """LU."""
    true_peak: float
    """dBTP."""


def open_meter(plan: ExtractionPlan) -> AudioSink:
    """Begin a measurement of samples that go nowhere."""
    arguments = ["-af", "ebur128=peak=true:framelog=quiet", "-f", "null"]
    return AudioSink("nowhere", plan, codec="pcm_s16le", bitrate=None, arguments=arguments)


def read_loudness(log: str) -> Loudness | None:
    """Read the summary that the filter prints; `None` for audio too quiet or too short to be measured."""
    found = _SUMMARY.findall(log)
    if not found:
        return None
    values = Loudness(*map(float, found[-1]))
    measured = math.isfinite(values.true_peak) and values.integrated > _SILENCE
    return values if measured else None


def normalizing_filter(loudness: Loudness) -> str:
    """Give the filter that brings audio of this loudness to the target; each value within the filter's bounds."""
    wanted_range = min(max(RANGE, loudness.range), 50.0)
    return (
        f"loudnorm=I={INTEGRATED:g}:TP={TRUE_PEAK:g}:LRA={wanted_range:g}:linear=true"
        f":measured_I={min(loudness.integrated, 0.0):.2f}"
        f":measured_TP={min(loudness.true_peak, 99.0):.2f}"
        # 0 stands for 'not measured' there.
        f":measured_LRA={min(max(loudness.range, 0.1), 99.0):.2f}"
        f":measured_thresh={min(loudness.threshold, 0.0):.2f}"
    )
