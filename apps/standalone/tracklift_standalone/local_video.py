"""A video in a file of the user's own."""

import os
from pathlib import Path

from tracklift_domain.media.file_reader import FileReader


class LocalVideo(FileReader):
    """Reads a video where it lies. Raises `OSError` when it can't be opened."""

    def __init__(self, path: Path) -> None:
        file = path.open("rb")
        super().__init__(file, file.seek(0, os.SEEK_END), path)
        self.seek(0)
