"""Finding the ffmpeg that extractions use."""

import subprocess
from pathlib import Path

import imageio_ffmpeg

_TIMEOUT = 20
"""Seconds in which ffmpeg starts and lists its encoders, even from a slow disk."""


class UnusableFfmpegError(Exception):
    """There is no ffmpeg, it can't be run, or it can't encode MP3; the message says how to fix that."""


def find_working_ffmpeg() -> Path:
    """Return the ffmpeg that extractions use, after checking that it runs and can encode MP3.

    It is the one that the environment variable IMAGEIO_FFMPEG_EXE names, else the one in the package imageio-ffmpeg.

    Raises:
        UnusableFfmpegError: with the cause and how to fix it.
    """
    try:
        program = imageio_ffmpeg.get_ffmpeg_exe()
        listing = subprocess.run(  # noqa: S603  # a configured program without a shell
            [program, "-hide_banner", "-encoders"],
            capture_output=True,
            text=True,
            timeout=_TIMEOUT,
            check=True,
        ).stdout
    except (OSError, RuntimeError, subprocess.SubprocessError) as error:
        raise UnusableFfmpegError(
            f"ffmpeg can't be run ({error}): reinstall the package imageio-ffmpeg, which brings it, or name one in "
            "IMAGEIO_FFMPEG_EXE."
        ) from error
    if "libmp3lame" not in listing:
        raise UnusableFfmpegError(
            f"{program} was built without libmp3lame: unset IMAGEIO_FFMPEG_EXE, or let it name an ffmpeg with it."
        )
    return Path(program)
