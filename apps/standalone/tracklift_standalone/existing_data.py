"""Keeps commands that read a data folder from creating one."""

from pathlib import Path

from tracklift_standalone.settings import StandaloneSettings


class NoDataError(Exception):
    """Tracklift has not run in this data folder yet."""


def check_data(settings: StandaloneSettings, file: Path) -> None:
    """Check that a file of the data folder exists. Raises `NoDataError`."""
    if not file.is_file():
        raise NoDataError(
            f"Tracklift has not run in {settings.data_folder} yet: name its folder with --data-folder."
        )
