"""What ffmpeg, as a player would, finds in an MP3."""

import re
import subprocess
from pathlib import Path

import imageio_ffmpeg


def warnings_of(mp3: Path) -> str:
    """Decode the whole file and give what ffmpeg complains about."""
    return _run("-v", "warning", "-xerror", "-i", str(mp3), "-f", "null", "-").stderr.decode()


def duration_of(mp3: Path) -> float:
    """Decode the whole file and give its duration in seconds, to a sample."""
    decoded = _run("-v", "error", "-i", str(mp3), "-ac", "1", "-ar", "48000", "-f", "s16le", "-").stdout
    return len(decoded) / 2 / 48000


def declared_duration_of(mp3: Path) -> float:
    """Give the duration in seconds that the file's headers name."""
    shown = subprocess.run(
        [imageio_ffmpeg.get_ffmpeg_exe(), "-hide_banner", "-i", str(mp3)], capture_output=True, check=False
    ).stderr.decode()
    assert "Estimating duration from bitrate" not in shown
    found = re.search(r"Duration: (\d+):(\d+):([\d.]+)", shown)
    assert found is not None, shown
    hours, minutes, seconds = found.groups()
    return int(hours) * 3600 + int(minutes) * 60 + float(seconds)


def _run(*arguments: str) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        [imageio_ffmpeg.get_ffmpeg_exe(), "-hide_banner", "-nostdin", *arguments],
        capture_output=True,
        check=True,
    )
