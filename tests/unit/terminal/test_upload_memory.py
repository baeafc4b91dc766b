"""Which uploads are gone on with."""

import os
import stat
from pathlib import Path

import pytest

from tracklift_terminal.upload_memory import UploadMemory


@pytest.fixture
def memory(tmp_path: Path) -> UploadMemory:
    """Give a memory of its own folder."""
    return UploadMemory(tmp_path / "state")


@pytest.fixture
def video(tmp_path: Path) -> Path:
    """Give a file, whatever is in it."""
    path = tmp_path / os.fsdecode(b"t\xe4lk.mp4")
    path.write_text("video")
    return path


def test_an_upload_is_found_until_it_is_forgotten(memory: UploadMemory, video: Path, tmp_path: Path) -> None:
    """By another call too, and by nobody else on the machine."""
    key = memory.key("https://a.test", video, {"bitrate": "64"})
    memory.remember(key, video, "a1")
    later = UploadMemory(tmp_path / "state")

    assert later.find(later.key("https://a.test", video, {"bitrate": "64"})) == "a1"
    (file,) = (tmp_path / "state" / "uploads").iterdir()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    later.forget(key)
    later.forget(key)
    assert memory.find(key) is None


def test_another_server_file_or_wish_is_another_upload(memory: UploadMemory, video: Path) -> None:
    """A file that changed is another one."""
    keys = {memory.key("https://a.test", video, {"bitrate": "64"})}
    keys.add(memory.key("https://b.test", video, {"bitrate": "64"}))
    keys.add(memory.key("https://a.test", video, {"bitrate": "128"}))
    os.utime(video, ns=(1, 1))
    keys.add(memory.key("https://a.test", video, {"bitrate": "64"}))

    assert len(keys) == 4


def test_old_uploads_are_forgotten(memory: UploadMemory, video: Path, tmp_path: Path) -> None:
    """No server has them any more."""
    memory.remember("old", video, "a1")
    os.utime(tmp_path / "state" / "uploads" / "old", (0, 0))
    memory.remember("new", video, "a2")

    assert (memory.find("old"), memory.find("new")) == (None, "a2")


@pytest.mark.parametrize("content", [b"", b"{}", b"\xff"])
def test_what_can_not_be_read_counts_as_none(
    memory: UploadMemory, video: Path, tmp_path: Path, content: bytes
) -> None:
    """The file is sent from its begin then."""
    memory.remember("key", video, "a1")
    (tmp_path / "state" / "uploads" / "key").write_bytes(content)

    assert memory.find("key") is None


def test_a_file_that_is_missing_is_an_error_of_the_system(memory: UploadMemory, tmp_path: Path) -> None:
    """Told before anything is sent."""
    with pytest.raises(FileNotFoundError):
        memory.key("https://a.test", tmp_path / "missing.mp4", {})
