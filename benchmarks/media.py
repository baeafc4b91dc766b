"""Videos to measure with: music-like sound, and pictures of a realistic bit rate.

The sound is made piece by piece from a seed: chords with moving overtones, sweeps, drum hits (which make an encoder
switch to short blocks) and pink noise whose level changes, so that an encoder's choices are neither all easy nor all
hard. Two runs make the same sound.
"""

import subprocess
from collections.abc import Iterator
from pathlib import Path

import imageio_ffmpeg
import numpy as np
import numpy.typing as npt

_BLOCK = 10
"""Seconds between two changes of harmony and level."""

Signal = npt.NDArray[np.float64]


def music(seconds: int, rate: int, seed: int = 1) -> Iterator[bytes]:
    """Give stereo sound as 16-bit samples, channels interleaved, in blocks of ten seconds at most."""
    for begin in range(0, seconds, _BLOCK):
        samples = min(_BLOCK, seconds - begin) * rate
        left, right = _block(samples, rate, np.random.default_rng([seed, begin]))
        both = np.clip(np.stack([left, right], axis=1) * 0.7, -1, 1)
        yield (both * 32767).round().astype("<i2").tobytes()


def make_video(
    target: Path, seconds: int, *, rate: int = 44100, megabits: float = 1.5, faststart: bool = False
) -> Path:
    """Make an MP4 of 720p (1080p from 8 Mbit/s on) with AAC audio of 128 kbit/s, unless it is there already."""
    if target.exists():
        return target
    pictures = target.with_name(f"{target.stem}.pictures.mp4")
    sound = target.with_name(f"{target.stem}.sound.m4a")
    _make_pictures(pictures, min(seconds, 60), megabits)
    _make_sound(sound, seconds, rate)
    flags = ["-movflags", "+faststart"] if faststart else []
    unfinished = target.with_name(f"{target.stem}.unfinished.mp4")
    _ffmpeg(
        "-stream_loop", "-1", "-i", str(pictures), "-i", str(sound), "-map", "0:v", "-map", "1:a",
        "-t", str(seconds), "-c", "copy", *flags, str(unfinished),
    )  # fmt: skip
    pictures.unlink()
    sound.unlink()
    return unfinished.rename(target)


def _make_pictures(target: Path, seconds: int, megabits: float) -> None:
    size = "1920x1080" if megabits >= 8 else "1280x720"
    rate = f"{round(megabits * 1000)}k"
    _ffmpeg(
        "-f", "lavfi", "-i", f"testsrc2=size={size}:rate=25,noise=alls=12:allf=t", "-t", str(seconds),
        "-c:v", "libx264", "-preset", "ultrafast", "-b:v", rate, "-maxrate", rate, "-bufsize", rate, "-g", "50",
        "-pix_fmt", "yuv420p", str(target),
    )  # fmt: skip


def _make_sound(target: Path, seconds: int, rate: int) -> None:
    command = [
        imageio_ffmpeg.get_ffmpeg_exe(), "-nostdin", "-v", "error", "-y", "-f", "s16le", "-ar", str(rate), "-ac", "2",
        "-i", "-", "-c:a", "aac", "-b:a", "128k", str(target),
    ]  # fmt: skip
    with subprocess.Popen([part for part in command if part != "-nostdin"], stdin=subprocess.PIPE) as ffmpeg:
        assert ffmpeg.stdin is not None
        for block in music(seconds, rate):
            ffmpeg.stdin.write(block)
    if ffmpeg.returncode != 0:
        raise SystemExit(f"ffmpeg could not make {target.name}.")


def _ffmpeg(*arguments: str) -> None:
    program = imageio_ffmpeg.get_ffmpeg_exe()
    subprocess.run([program, "-nostdin", "-v", "error", "-y", *arguments], check=True)


def _block(samples: int, rate: int, chance: np.random.Generator) -> tuple[Signal, Signal]:
    time = np.arange(samples) / rate
    left, right = _chord(time, rate, chance), _chord(time, rate, chance)
    sweep, drums = _sweep(time, chance), _drums(samples, rate, chance)
    level = chance.uniform(0.02, 0.25)
    left += sweep + drums + level * _pink(samples, chance)
    right += drums - 0.5 * sweep + level * _pink(samples, chance)
    return left, right


def _chord(time: Signal, rate: int, chance: np.random.Generator) -> Signal:
    root = 110 * 2 ** (chance.integers(0, 12) / 12)
    sound = np.zeros_like(time)
    for number, interval in enumerate((1, 1.26, 1.5, 2)):
        swell = 0.6 + 0.4 * np.sin(2 * np.pi * 0.3 * time + number)
        for overtone in range(1, 9):
            pitch = root * interval * overtone
            if pitch < rate * 0.42:
                sound += 0.05 / overtone * swell * np.sin(2 * np.pi * pitch * time + chance.uniform(0, 6))
    return sound


def _sweep(time: Signal, chance: np.random.Generator) -> Signal:
    low, high, length = chance.uniform(100, 800), chance.uniform(4000, 15000), time[-1]
    growth = np.log(high / low) / length
    sound: Signal = 0.06 * np.sin(2 * np.pi * low * (np.exp(growth * time) - 1) / growth)
    return sound


def _drums(samples: int, rate: int, chance: np.random.Generator) -> Signal:
    sound = np.zeros(samples)
    length = rate // 5
    time = np.arange(length) / rate
    for at in range(rate // 10, samples - length, rate * 60 // 128):
        hit = 0.35 * np.sin(2 * np.pi * 60 * time) + 0.12 * chance.standard_normal(length)
        sound[at : at + length] += hit * np.exp(-time / 0.03)
    return sound


def _pink(samples: int, chance: np.random.Generator) -> Signal:
    bins = np.arange(samples // 2 + 1)
    bins[0] = 1
    spectrum = chance.standard_normal(len(bins)) + 1j * chance.standard_normal(len(bins))
    sound: Signal = np.fft.irfft(spectrum / np.sqrt(bins), samples)
    sound /= np.abs(sound).max()
    return sound
