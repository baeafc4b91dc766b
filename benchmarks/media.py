"""Videos to measure with: music-like sound, and pictures of a realistic bit rate."""

import subprocess
from pathlib import Path

import imageio_ffmpeg

from tests.media.sounds import music_blocks

_LONGEST_SOUND = 600
"""Seconds after which the sound begins again: making it takes longer than converting it."""


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
    sound = target.with_suffix(".raw")
    with sound.open("wb") as file:
        for block in music_blocks(min(seconds, _LONGEST_SOUND), rate):
            file.write((block.T * 32767).round().astype("<i2").tobytes())
    _ffmpeg(
        "-stream_loop", "-1", "-f", "s16le", "-ar", str(rate), "-ac", "2", "-i", str(sound), "-t", str(seconds),
        "-c:a", "aac", "-b:a", "128k", str(target),
    )  # fmt: skip
    sound.unlink()


def _ffmpeg(*arguments: str) -> None:
    program = imageio_ffmpeg.get_ffmpeg_exe()
    subprocess.run([program, "-nostdin", "-v", "error", "-y", *arguments], check=True)
