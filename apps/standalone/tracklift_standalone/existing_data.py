"""Commands that look into a data folder make none."""

from pathlib import Path

from tracklift_standalone.settings import StandaloneSettings


class NoDataError(Exception):
    """Tracklift has not run in this data folder yet."""


def check_data(settings: StandaloneSettings, file: Path) -> None:
    """See that a file of the data folder is there. Raises `NoDataError`."""
    if not file.is_file():
        raise NoDataError(
            f"Tracklift has not run in {settings.data_folder} yet: name its folder with --data-folder."
        )
