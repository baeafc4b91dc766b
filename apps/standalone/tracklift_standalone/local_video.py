"""A video in a local file."""

import os
from pathlib import Path

from tracklift_domain.media.file_reader import FileReader


class LocalVideo(FileReader):
    """Reads a video in place. Raises `OSError` if it can't be opened."""

    def __init__(self, path: Path) -> None:
        file = path.open("rb")
        super().__init__(file, file.seek(0, os.SEEK_END), path)
        self.seek(0)
