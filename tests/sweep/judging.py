"""Whether what an MP3 holds is what was expected."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from tests.media.conversion import convert
from tests.sweep.cases import Case
from tests.sweep.sounds import Sound
from tracklift_domain.extraction.errors import ExtractionError, NotCoveredError

LEAST_RATIO = 15.0
"""dB of the expected sound over its difference to what is heard. Layer III at 64 kbit/s and 8 kHz comes to 20 and more;
sound that begins one millisecond late comes to less than 5."""
_NOTHING = 1e-10
"""A power of −100 dB below full scale."""
_MOST_RATIO = 100.0


@dataclass(frozen=True, slots=True)
class Verdict:
    """What was found."""

    complaint: str = ""
    ratio: float = 0.0
    """dB."""


def judge(case: Case, folder: Path) -> Verdict:
    """Convert a case's video, and compare what is heard with what was expected."""
    try:
        converted = convert(case.data, folder, bitrate=320)
    except (ExtractionError, NotCoveredError) as error:
        return Verdict(f"refused: {error}")
    if converted.audio.damage is not None:
        return Verdict(f"damaged: {converted.audio.damage}")
    heard, expected = converted.heard, case.expected()
    if heard.rate != case.source.rate or heard.samples.shape[1] != expected.shape[1]:
        return Verdict(f"{heard.rate} Hz, {heard.samples.shape[1]} channels")
    if abs(len(heard.samples) - len(expected)) > 1:
        return Verdict(f"{len(heard.samples)} samples, {len(expected)} expected")
    ratio = signal_to_difference(expected, heard.samples)
    return Verdict("" if ratio >= LEAST_RATIO else f"another sound: {ratio:.1f} dB", ratio)


def signal_to_difference(expected: Sound, heard: Sound) -> float:
    """Give how much stronger a sound is than its difference to another one, in dB; silence is like silence."""
    count = min(len(expected), len(heard))
    wanted = expected[:count].astype(np.float64)
    difference = wanted - heard[:count]
    power, left = float(np.mean(wanted**2)), float(np.mean(difference**2))
    return _MOST_RATIO if left < _NOTHING else float(10 * np.log10(max(power, _NOTHING) / left))
