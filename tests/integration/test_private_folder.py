"""What lies in a private folder is for the user of this process only."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tracklift_adapters.system.private_folder import make_new_files_private, make_private
from tracklift_domain.errors import ServiceUnavailableError

as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a file to another user")
STRANGER = 4711
"""A UID that is not this process's."""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Give a folder as an earlier release or an operator may have left it: open to everybody."""
    made = tmp_path / "data"
    (made / "media" / "ab").mkdir(parents=True)
    for name in ("tracklift.sqlite3-wal", "media/ab/video"):
        (made / name).write_text("secret")
    for path in (made, *made.rglob("*")):
        path.chmod(0o777 if path.is_dir() else 0o666)
    return made


@pytest.fixture
def umask() -> Iterator[None]:
    """Put the umask back after the test."""
    before = os.umask(0o022)
    yield
    os.umask(before)


def mode(path: Path) -> int:
    """Give the permissions of a path, not following a link."""
    return path.lstat().st_mode & 0o777


def test_a_missing_folder_is_made_for_its_owner_only(tmp_path: Path) -> None:
    """With its parents."""
    make_private(tmp_path / "some" / "data")

    assert mode(tmp_path / "some" / "data") == 0o700


def test_other_users_lose_their_rights_to_all_that_is_there(folder: Path) -> None:
    """Folders keep 0700 and files 0600, at every depth."""
    make_private(folder)

    assert {mode(path) for path in (folder, folder / "media", folder / "media/ab")} == {0o700}
    assert {mode(folder / "tracklift.sqlite3-wal"), mode(folder / "media/ab/video")} == {0o600}


def test_an_open_file_in_a_private_folder_is_corrected_too(folder: Path) -> None:
    """As the database would be whose folder was made private by hand; repeating it changes nothing."""
    folder.chmod(0o700)

    for _ in range(2):
        make_private(folder)

        assert mode(folder / "tracklift.sqlite3-wal") == 0o600


def test_a_link_to_the_folder_is_followed(folder: Path, tmp_path: Path) -> None:
    """It is the folder itself that must be private."""
    link = tmp_path / "link"
    link.symlink_to(folder)

    make_private(link)

    assert mode(folder) == 0o700


def test_a_link_in_the_folder_is_followed(folder: Path, tmp_path: Path) -> None:
    """Videos may lie on another disk; a link that leads nowhere yet is no obstacle."""
    elsewhere = tmp_path / "disk"
    (folder / "media").rename(elsewhere)
    (folder / "media").symlink_to(elsewhere)
    (folder / "mailbox").symlink_to(tmp_path / "missing")

    make_private(folder)

    assert (mode(elsewhere), mode(elsewhere / "ab" / "video")) == (0o700, 0o600)


def test_a_link_further_inside_is_not_followed(folder: Path, tmp_path: Path) -> None:
    """No part of Tracklift makes one, so nothing outside is changed for it."""
    outside = tmp_path / "outside"
    outside.write_text("not Tracklift's")
    outside.chmod(0o644)
    (folder / "media" / "link").symlink_to(outside)

    make_private(folder)

    assert mode(outside) == 0o644


@as_root
@pytest.mark.parametrize("name", [".", "tracklift.sqlite3-wal", "media", "media/ab/video"])
def test_what_belongs_to_another_user_is_refused(folder: Path, name: str) -> None:
    """Its owner could read it, whatever its mode; one sentence says what it is."""
    os.chown(folder / name, STRANGER, -1)

    with pytest.raises(ServiceUnavailableError) as caught:
        make_private(folder)

    assert str(caught.value) == (
        f"The folder {folder} is not available: {folder / name} belongs to another user (UID {STRANGER}), "
        "who could read it."
    )


@as_root
@pytest.mark.parametrize("name", ["queue.sqlite3", "media/link"])
def test_a_link_that_another_user_has_put_there_is_refused(folder: Path, tmp_path: Path, name: str) -> None:
    """A group that may write there could have files written elsewhere by it."""
    own = tmp_path / "own"
    own.write_text("")
    (folder / name).symlink_to(own)
    os.chown(folder / name, STRANGER, -1, follow_symlinks=False)

    with pytest.raises(
        ServiceUnavailableError, match=f"symbolic link {folder / name} belongs to another user"
    ):
        make_private(folder)


def test_a_file_system_without_permissions_is_refused(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Some ignore a change of mode without an error."""
    monkeypatch.setattr(Path, "chmod", lambda _path, _mode: None)

    with pytest.raises(ServiceUnavailableError, match=r"leaves .* open to other users"):
        make_private(folder)


def test_a_folder_that_can_not_be_made_is_refused(tmp_path: Path) -> None:
    """The sentence names the file that is in the way."""
    (tmp_path / "file").write_text("in the way")

    with pytest.raises(ServiceUnavailableError, match=str(tmp_path / "file")):
        make_private(tmp_path / "file" / "below")


@pytest.mark.usefixtures("umask")
def test_new_files_are_private_from_then_on(tmp_path: Path) -> None:
    """Whatever mode a library asks for."""
    make_new_files_private()

    (tmp_path / "folder").mkdir()
    (tmp_path / "file").touch()

    assert (mode(tmp_path / "folder"), mode(tmp_path / "file")) == (0o700, 0o600)
