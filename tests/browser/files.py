"""Files that people drop on the page, made for one test each."""

import struct
from pathlib import Path

from tests.media.samples import made, sample

LARGE = 2 * 1024**3
MUCH_SOUND = "much-sound"
"""How the name of that video begins."""


def video_with_much_sound() -> Path:
    """Give a video whose sound has 1.8 MB, so that a line may hold it in the middle.

    It is MP3 already, which takes no computing time to convert.
    """
    sources = "-f lavfi -i color=size=16x16:rate=1:duration=45 -f lavfi -i sine=duration=45"
    return made(MUCH_SOUND, f"{sources} -c:v libx264 -preset ultrafast -c:a libmp3lame -b:a 320k -ac 2")


def large_video(path: Path) -> Path:
    """Make a video of 2 GB of which little is sound; it takes no room on the disk."""
    content = sample("one-second").read_bytes()
    with path.open("wb") as file:
        file.write(content)
        # A box of 64 bits' size, of which nothing is written.
        file.write(struct.pack(">I4sQ", 1, b"free", LARGE - len(content)))
        file.truncate(LARGE)
    return path


def folder_of_mixed_files(path: Path) -> Path:
    """Make a folder with a video, one further down, a text, an empty file and a hidden one."""
    (path / "further down").mkdir(parents=True)
    content = sample("one-second").read_bytes()
    (path / "first.mp4").write_bytes(content)
    (path / "further down" / "second.mp4").write_bytes(content)
    (path / "notes.txt").write_text("no video")
    (path / "empty.mp4").touch()
    (path / ".hidden.mp4").write_bytes(content)
    return path
