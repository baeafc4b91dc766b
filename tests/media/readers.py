"""Videos as a media store hands them to a worker thread."""

import io
from pathlib import Path

from tracklift_domain.media.file_reader import FileReader


class BytesVideo(FileReader):
    """Bytes that lie in no ordinary file."""

    def __init__(self, content: bytes, path: Path | None = None) -> None:
        super().__init__(io.BytesIO(content), len(content), path)


class FileVideo(BytesVideo):
    """A video in an ordinary file."""

    def __init__(self, path: Path) -> None:
        super().__init__(path.read_bytes(), path)
