"""Looks for problems that would keep Tracklift from working."""

import os
import shutil
import socket
import sys
from pathlib import Path

from tracklift_adapters.environment.settings import SettingsError
from tracklift_adapters.moviepy.ffmpeg import UnusableFfmpegError, find_working_ffmpeg
from tracklift_adapters.system.exclusive_folder import FolderHeldError, exclusive_folder
from tracklift_adapters.system.private_folder import make_private
from tracklift_domain.errors import ServiceUnavailableError
from tracklift_standalone.finding import Finding
from tracklift_standalone.settings import StandaloneSettings

_ENOUGH_SPACE = 2 * 1024**3
"""Bytes: a video of an hour and its MP3, with room to spare."""


def examine(settings: StandaloneSettings) -> list[Finding]:
    """Check everything that `tracklift serve` needs. Only creates the data folder and makes it private."""
    return [
        _python(),
        _ffmpeg(),
        *_data_folder(settings.data_folder),
        _address(settings.host, settings.port, "TRACKLIFT_HOST and TRACKLIFT_PORT"),
        _address(*settings.metrics_address, "TRACKLIFT_METRICS_HOST and TRACKLIFT_METRICS_PORT"),
        *_mail_server(settings),
        *_sign_in_providers(settings),
    ]


def examine_without_settings(error: SettingsError) -> list[Finding]:
    """Check what needs no settings, if these can't be read."""
    fix = "Correct the variable, or unset it to have its default."
    return [_python(), _ffmpeg(), Finding(str(error), fix)]


def _python() -> Finding:
    return Finding(f"Python {sys.version.split()[0]}")


def _ffmpeg() -> Finding:
    try:
        return Finding(f"ffmpeg at {find_working_ffmpeg()} makes MP3s")
    except UnusableFfmpegError as error:
        what, _, fix = str(error).partition(": ")
        return Finding(what, fix)


def _data_folder(folder: Path) -> list[Finding]:
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        probe = folder / f".doctor-{os.getpid()}"
        probe.write_bytes(b"")
        probe.unlink()
    except OSError as error:
        return [
            Finding(
                f"data folder {folder} can't be written: {error.strerror}",
                "Give yourself the right to write there, or name another folder in TRACKLIFT_DATA_FOLDER.",
            )
        ]
    try:
        make_private(folder)
    except ServiceUnavailableError as error:
        return [
            Finding(
                str(error),
                "Give all of it to the user who runs Tracklift, or name another folder in TRACKLIFT_DATA_FOLDER.",
            )
        ]
    return [_held(folder), _space(folder)]


def _held(folder: Path) -> Finding:
    try:
        with exclusive_folder(folder):
            return Finding(f"data folder {folder} is free to use")
    except FolderHeldError as error:
        return Finding(str(error), "Stop the other process, or name another folder in TRACKLIFT_DATA_FOLDER.")


def _space(folder: Path) -> Finding:
    free = shutil.disk_usage(folder).free
    what = f"{free / 1e9:.1f} GB are free for videos"
    if free < _ENOUGH_SPACE:
        return Finding(what, "Make room, or name a folder on another disk in TRACKLIFT_DATA_FOLDER.")
    return Finding(what)


def _address(host: str, port: int, settings: str) -> Finding:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        with socket.create_server((host, port), family=family):
            return Finding(f"address {host}:{port} is free to use")
    except OSError as error:
        # The text of a failed bind repeats the address after the reason.
        reason = str(error.strerror).partition(" (while")[0]
        return Finding(
            f"address {host}:{port} can't be used: {reason}",
            f"Stop the program that listens there, or choose another with {settings}.",
        )


def _mail_server(settings: StandaloneSettings) -> list[Finding]:
    if settings.smtp_server is None:
        return []
    # Imported here, since a conversion in the terminal needs no mail library.
    from tracklift_standalone.mail_server import examine_mail_server  # noqa: PLC0415

    return [examine_mail_server(settings.smtp_server)]


def _sign_in_providers(settings: StandaloneSettings) -> list[Finding]:
    if not settings.openid_providers:
        return []
    # Imported here, since a conversion in the terminal needs no sign-in.
    from tracklift_standalone.sign_in_providers import examine_sign_in_provider  # noqa: PLC0415

    return [
        examine_sign_in_provider(name, provider, settings.public_url)
        for name, provider in settings.openid_providers.items()
    ]
