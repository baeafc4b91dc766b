"""The ffmpeg that tests make media with and measure it by: the binary that comes with imageio-ffmpeg."""

import functools
import re
import subprocess
from dataclasses import dataclass
from pathlib import Path

import imageio_ffmpeg
import numpy as np
import numpy.typing as npt


@functools.cache
def program() -> Path:
    """Give the path of the program."""
    return Path(imageio_ffmpeg.get_ffmpeg_exe())


def run(*arguments: str, level: str = "error") -> subprocess.CompletedProcess[bytes]:
    """Run ffmpeg; its standard output and error are in the result, and a failure of it is an exception."""
    command = [str(program()), "-nostdin", "-hide_banner", "-loglevel", level, *arguments]
    done = subprocess.run(command, capture_output=True, check=False)
    if done.returncode != 0:
        raise RuntimeError(f"{command} ended with {done.returncode}: {done.stderr.decode(errors='replace')}")
    return done


@dataclass(frozen=True, slots=True)
class Decoded:
    """What a player hears of a file."""

    samples: npt.NDArray[np.float32]
    """One row for each sample, one column for each channel."""
    rate: int
    warnings: str
    """What ffmpeg wrote at level warning or above."""

    @property
    def seconds(self) -> float:
        """How long it is."""
        return len(self.samples) / self.rate

    def pitch(self, channel: int = 0) -> float:
        """Give the strongest frequency, in Hz."""
        spectrum = np.abs(np.fft.rfft(self.samples[:, channel]))
        return float(np.argmax(spectrum)) * self.rate / len(self.samples)

    def level(self, channel: int = 0) -> float:
        """Give the root of the mean square."""
        return float(np.sqrt(np.mean(np.square(self.samples[:, channel], dtype=np.float64))))


def decode(path: Path, *, track: int = 0) -> Decoded:
    """Decode an audio track as it is."""
    done = run("-i", str(path), "-map", f"0:a:{track}", "-f", "au", "-c:a", "pcm_f32be", "-", level="warning")
    header = np.frombuffer(done.stdout[:24], dtype=">u4")
    data = np.frombuffer(done.stdout[int(header[1]) :], dtype=">f4")
    samples = data.astype(np.float32).reshape(-1, int(header[5]))
    return Decoded(samples, int(header[4]), done.stderr.decode())


def tags(path: Path) -> dict[str, str]:
    """Give the tags of a file by their names."""
    text = run("-i", str(path), "-f", "ffmetadata", "-codec", "copy", "-").stdout.decode()
    lines = re.findall(r"^(\w+)=((?:[^\\\n]|\\.)*)$", text, re.MULTILINE)
    return {name: re.sub(r"\\(.)", r"\1", value) for name, value in lines}


def picture(path: Path, *, track: int = 0) -> bytes:
    """Give the first picture of a track as it is in the file: a cover counts as a track behind those of the video."""
    arguments = ["-i", str(path), "-map", f"0:v:{track}", "-c", "copy", "-frames:v", "1", "-f", "image2pipe"]
    return run(*arguments, "-").stdout


@dataclass(frozen=True, slots=True)
class Loudness:
    """By EBU R 128."""

    integrated: float
    """LUFS."""
    true_peak: float
    """dBTP."""


def loudness(path: Path) -> Loudness:
    """Measure how loud a file is."""
    done = run("-i", str(path), "-af", "ebur128=peak=true:framelog=quiet", "-f", "null", "-", level="info")
    text = done.stderr.decode()
    integrated = re.findall(r"I:\s+(\S+) LUFS", text)[-1]
    return Loudness(float(integrated), float(re.findall(r"Peak:\s+(\S+) dBFS", text)[-1]))
