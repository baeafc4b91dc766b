"""The folders of the command line, by the convention of each platform."""

import os
import sys
from collections.abc import Mapping
from pathlib import Path

_NAME = "tracklift"


def config_folder(
    environment: Mapping[str, str] = os.environ, platform: str = sys.platform, home: Path | None = None
) -> Path:
    """Give the folder for the user's configuration: credentials and defaults."""
    return _folder(environment, platform, home, "XDG_CONFIG_HOME", ".config", "APPDATA")


def state_folder(
    environment: Mapping[str, str] = os.environ, platform: str = sys.platform, home: Path | None = None
) -> Path:
    """Give the folder for the program's state: unfinished uploads, and processed files of watched folders."""
    return _folder(environment, platform, home, "XDG_STATE_HOME", ".local/state", "LOCALAPPDATA")


def _folder(
    environment: Mapping[str, str], platform: str, home: Path | None, xdg: str, below: str, windows: str
) -> Path:
    at_home = Path.home() if home is None else home
    if platform == "win32":
        return Path(environment.get(windows) or at_home / "AppData" / "Roaming", _NAME)
    if platform == "darwin":
        return at_home / "Library" / "Application Support" / _NAME
    # A relative path must be ignored (XDG Base Directory Specification).
    given = Path(environment.get(xdg, ""))
    return (given if given.is_absolute() else at_home / below) / _NAME
