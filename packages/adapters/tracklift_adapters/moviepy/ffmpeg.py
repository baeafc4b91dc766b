"""The ffmpeg that is used."""

import subprocess
from pathlib import Path

import imageio_ffmpeg

_ANSWERS_WITHIN = 20
"""Seconds in which even a cold disk lets ffmpeg start and list its encoders."""


class UnusableFfmpegError(Exception):
    """There is no ffmpeg, it can't be run, or it makes no MP3s; the message says what to do."""


def find_working_ffmpeg() -> Path:
    """Give the ffmpeg that extractions use, after having seen that it runs and makes MP3s.

    It is the one that the environment variable IMAGEIO_FFMPEG_EXE names, else the one in the package imageio-ffmpeg.

    Raises:
        UnusableFfmpegError: with the reason and the mend.
    """
    try:
        program = imageio_ffmpeg.get_ffmpeg_exe()
        listing = subprocess.run(  # noqa: S603  # a fixed program without a shell
            [program, "-hide_banner", "-encoders"],
            capture_output=True,
            text=True,
            timeout=_ANSWERS_WITHIN,
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
