"""Sounds for encoders: two runs make the same ones.

Each is given as floating-point samples, one row for each channel, full scale ±1.
"""

from collections.abc import Callable, Iterator

import numpy as np
import numpy.typing as npt

Sound = npt.NDArray[np.float32]
_Signal = npt.NDArray[np.float64]

_BLOCK = 10
"""Seconds between two changes of harmony and level."""


def music(seconds: float, rate: int, seed: int = 1) -> Sound:
    """Chords with moving overtones, sweeps, drum hits that make an encoder use short blocks, and changing noise."""
    return np.concatenate(list(music_blocks(seconds, rate, seed)), axis=1)


def music_blocks(seconds: float, rate: int, seed: int = 1) -> Iterator[Sound]:
    """Give the same in blocks of ten seconds at most."""
    left = round(seconds * rate)
    number = 0
    while left > 0:
        samples = min(_BLOCK * rate, left)
        both = np.stack(_music_block(samples, rate, np.random.default_rng([seed, number])))
        yield np.clip(both * 0.7, -1, 1).astype(np.float32)
        left -= samples
        number += 1


def speech(seconds: float, rate: int) -> Sound:
    """Syllables of a voice with formants and hissing consonants, and pauses between sentences."""
    chance = np.random.default_rng(2)
    time = np.arange(round(seconds * rate)) / rate
    pitch = 120 + 25 * np.sin(2 * np.pi * 0.7 * time) + 10 * np.sin(2 * np.pi * 2.3 * time)
    phase = 2 * np.pi * np.cumsum(pitch) / rate
    levels = {}
    for harmonic in range(1, 30):
        frequency = 120 * harmonic
        formants = sum(np.exp(-(((frequency - center) / 150) ** 2)) for center in (500, 1500, 2500))
        if frequency < rate * 0.4:
            levels[harmonic] = 0.02 / harmonic + 0.3 * formants
    voice = _harmonics(phase, levels)
    syllables = np.clip(np.sin(2 * np.pi * 4 * time), 0, 1) ** 0.5
    hiss = np.clip(np.sin(2 * np.pi * 4 * time + np.pi), 0, 1) ** 4 * 0.05 * chance.standard_normal(len(time))
    sentences = (time % 5) < 4
    mono = (voice * syllables * 0.5 + hiss) * sentences
    return np.stack([mono, mono]).clip(-1, 1).astype(np.float32)


def silence(seconds: float, rate: int) -> Sound:
    """Nothing at all."""
    return np.zeros((2, round(seconds * rate)), dtype=np.float32)


def sweep(seconds: float, rate: int) -> Sound:
    """A tone at full scale that rises and falls over all that can be heard, in opposite phases."""
    time = np.arange(round(seconds * rate)) / rate
    pitch = 50 + (0.45 * rate - 50) * (0.5 - 0.5 * np.cos(2 * np.pi * time / 7))
    phase = 2 * np.pi * np.cumsum(pitch) / rate
    return np.stack([np.sin(phase), -np.sin(phase)]).astype(np.float32)


def noise(seconds: float, rate: int) -> Sound:
    """White noise, different on both sides: what an encoder finds hardest."""
    chance = np.random.default_rng(3)
    return (0.3 * chance.standard_normal((2, round(seconds * rate)))).clip(-1, 1).astype(np.float32)


SOUNDS: dict[str, Callable[[float, int], Sound]] = {
    "music": music,
    "speech": speech,
    "silence": silence,
    "sweep": sweep,
    "noise": noise,
}


def _music_block(samples: int, rate: int, chance: np.random.Generator) -> tuple[_Signal, _Signal]:
    time = np.arange(samples) / rate
    left, right = _chord(time, rate, chance), _chord(time, rate, chance)
    sweep, drums = _rising(time, chance), _drums(samples, rate, chance)
    level = chance.uniform(0.02, 0.25)
    left += sweep + drums + level * _pink(samples, chance)
    right += drums - 0.5 * sweep + level * _pink(samples, chance)
    return left, right


def _chord(time: _Signal, rate: int, chance: np.random.Generator) -> _Signal:
    root = 110 * 2 ** (chance.integers(0, 12) / 12)
    sound = np.zeros_like(time)
    for number, interval in enumerate((1, 1.26, 1.5, 2)):
        swell = 0.6 + 0.4 * np.sin(2 * np.pi * 0.3 * time + number)
        levels = {
            overtone: 0.05 / overtone * np.exp(1j * chance.uniform(0, 6))
            for overtone in range(1, 9)
            if root * interval * overtone < rate * 0.42
        }
        sound += swell * _harmonics(2 * np.pi * root * interval * time, levels)
    return sound


def _harmonics(phase: _Signal, levels: dict[int, complex]) -> _Signal:
    """Add up sines of multiples of a phase; the angle of a level is what is added to the phase.

    As a polynomial of the first one, which takes less time than all those sines.
    """
    first = np.exp(1j * phase)
    total = np.zeros_like(first)
    for number in range(max(levels), 0, -1):
        total += levels.get(number, 0)
        total *= first
    sound: _Signal = total.imag
    return sound


def _rising(time: _Signal, chance: np.random.Generator) -> _Signal:
    low, high, length = chance.uniform(100, 800), chance.uniform(4000, 15000), time[-1]
    growth = np.log(high / low) / length
    sound: _Signal = 0.06 * np.sin(2 * np.pi * low * (np.exp(growth * time) - 1) / growth)
    return sound


def _drums(samples: int, rate: int, chance: np.random.Generator) -> _Signal:
    sound = np.zeros(samples)
    length = rate // 5
    time = np.arange(length) / rate
    for at in range(rate // 10, samples - length, rate * 60 // 128):
        hit = 0.35 * np.sin(2 * np.pi * 60 * time) + 0.12 * chance.standard_normal(length)
        sound[at : at + length] += hit * np.exp(-time / 0.03)
    return sound


def _pink(samples: int, chance: np.random.Generator) -> _Signal:
    bins = np.arange(samples // 2 + 1)
    bins[0] = 1
    spectrum = chance.standard_normal(len(bins)) + 1j * chance.standard_normal(len(bins))
    sound: _Signal = np.fft.irfft(spectrum / np.sqrt(bins), samples)
    sound /= np.abs(sound).max()
    return sound
