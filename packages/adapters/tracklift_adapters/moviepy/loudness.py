"""Loudness normalization by EBU R 128, in two passes: measure, then apply.

ffmpeg's filter `loudnorm` applies one gain to all of the audio if it knows the measured values and the true peak stays
below its limit; otherwise it changes the gain over time. The values are measured with the filter `ebur128`, which uses
the same method as `loudnorm` and is five times as fast.
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
"""LU that music and films seldom exceed. Audio with a wider range keeps it."""
_SILENCE = -70.0
"""LUFS: the absolute gate of ITU-R BS.1770; quieter audio does not count."""
_NUMBER = r"\s+(-?(?:[\d.]+|inf|nan))"
_SUMMARY = re.compile(
    rf"I:{_NUMBER} LUFS\s+Threshold:{_NUMBER} LUFS.*?LRA:{_NUMBER} LU\s.*?Peak:{_NUMBER} dBFS", re.DOTALL
)


@dataclass(frozen=True, slots=True)
class Loudness:
    """The measured values."""

    integrated: float
    """LUFS."""
    threshold: float
    """LUFS of the relative gate."""
    range: float
    """LU."""
    true_peak: float
    """dBTP."""


def open_meter(plan: ExtractionPlan) -> AudioSink:
    """Start a measurement. The samples are discarded."""
    arguments = ["-af", "ebur128=peak=true:framelog=quiet", "-f", "null"]
    return AudioSink("discarded", plan, codec="pcm_s16le", bitrate=None, arguments=arguments)


def read_loudness(log: str) -> Loudness | None:
    """Parse the summary that the filter prints; `None`: the audio is too quiet or too short to be measured."""
    found = _SUMMARY.findall(log)
    if not found:
        return None
    values = Loudness(*map(float, found[-1]))
    measured = math.isfinite(values.true_peak) and values.integrated > _SILENCE
    return values if measured else None


def normalizing_filter(loudness: Loudness) -> str:
    """Return the filter that brings audio of this loudness to the target, with each value within its bounds."""
    wanted_range = min(max(RANGE, loudness.range), 50.0)
    return (
        f"loudnorm=I={INTEGRATED:g}:TP={TRUE_PEAK:g}:LRA={wanted_range:g}:linear=true"
        f":measured_I={min(loudness.integrated, 0.0):.2f}"
        f":measured_TP={min(loudness.true_peak, 99.0):.2f}"
        # 0 means "not measured".
        f":measured_LRA={min(max(loudness.range, 0.1), 99.0):.2f}"
        f":measured_thresh={min(loudness.threshold, 0.0):.2f}"
    )
