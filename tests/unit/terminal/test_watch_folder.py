"""A watched folder: what is complete, what was done, what is tried again."""

import asyncio
import os
from collections.abc import Sequence
from pathlib import Path

import pytest

from tracklift_terminal.done_files import DoneFiles
from tracklift_terminal.exit_codes import ExitCode
from tracklift_terminal.growth import GrowthWatch, stamps
from tracklift_terminal.inputs import Input
from tracklift_terminal.outputs import Output
from tracklift_terminal.watch_folder import FolderWatch, Watching

A, B = Path("a.mp4"), Path("b.mp4")


def test_a_file_is_complete_once_it_has_stayed_the_same() -> None:
    """Each change begins the time anew, also one of the time of change alone."""
    watch = GrowthWatch(5.0)

    assert watch.look({A: (10, 1)}, 0.0) == []
    assert watch.look({A: (20, 2), B: (5, 1)}, 3.0) == []
    assert watch.look({A: (20, 2), B: (5, 1)}, 7.0) == []
    assert watch.look({A: (20, 2), B: (5, 2)}, 8.0) == [A]
    assert watch.look({A: (20, 2), B: (5, 2)}, 13.0) == [A, B]


def test_an_empty_file_is_never_complete() -> None:
    """It was made to be filled."""
    watch = GrowthWatch(0.0)

    assert watch.look({A: (0, 1)}, 0.0) == []
    assert watch.look({A: (0, 1)}, 100.0) == []
    assert watch.look({A: (1, 2)}, 101.0) == [A]


def test_a_file_that_went_and_came_back_begins_anew() -> None:
    """As when it is copied again."""
    watch = GrowthWatch(5.0)
    watch.look({A: (10, 1)}, 0.0)
    watch.look({}, 3.0)

    assert watch.look({A: (10, 1)}, 6.0) == []


def test_files_that_are_gone_are_left_out(tmp_path: Path) -> None:
    """They may go between two looks."""
    (tmp_path / "a").write_text("abc")

    found = stamps([tmp_path / "a", tmp_path / "b"])
    assert {path: size for path, (size, _) in found.items()} == {tmp_path / "a": 3}


def test_what_was_done_is_remembered_over_calls(tmp_path: Path) -> None:
    """As long as the file is as it was, and there."""
    watched = tmp_path / "watched"
    watched.mkdir()
    name = os.fsdecode(b"t\xe4lk.mp4")
    DoneFiles(watched, tmp_path / "state").add(watched / name, (10, 1))
    later = DoneFiles(watched, tmp_path / "state")

    assert later.has(watched / name, (10, 1))
    assert not later.has(watched / name, (10, 2))
    assert not DoneFiles(tmp_path, tmp_path / "state").has(watched / name, (10, 1))
    later.keep_only([])
    assert not later.has(watched / name, (10, 1))


@pytest.mark.parametrize("content", [b"", b"{}", b"[1]", b"\xff"])
def test_a_memory_that_makes_no_sense_counts_as_none(tmp_path: Path, content: bytes) -> None:
    """The files are converted again, which their MP3s prevent."""
    done = DoneFiles(tmp_path, tmp_path / "state")
    done.add(tmp_path / "a", (1, 1))
    (file,) = (tmp_path / "state" / "watched").iterdir()
    file.write_bytes(content)

    assert not DoneFiles(tmp_path, tmp_path / "state").has(tmp_path / "a", (1, 1))


class Converter:
    """Takes down what it is given, and says how it went."""

    def __init__(self, *codes: ExitCode) -> None:
        self.codes = [*codes]
        self.given: list[tuple[str, str]] = []

    async def __call__(self, inputs: Sequence[Input], outputs: Sequence[Output]) -> ExitCode:
        """Convert nothing."""
        self.given += [
            (each.path.name, str(out.path.name)) for each, out in zip(inputs, outputs, strict=True)
        ]
        return self.codes.pop(0) if self.codes else ExitCode.OK


class Folder:
    """A folder that is watched by one call after another."""

    def __init__(self, path: Path) -> None:
        self.path = path / "watched"
        self.path.mkdir()
        self.state = path / "state"

    def watch(self, converter: Converter, **how: object) -> FolderWatch:
        """Begin a call."""
        watching = Watching(folder=self.path, **how)  # type: ignore[arg-type]  # whatever the test says
        return FolderWatch(watching, DoneFiles(self.path, self.state), converter)

    def once(self, converter: Converter, **how: object) -> ExitCode:
        """Look once."""
        return asyncio.run(self.watch(converter, once=True, **how).run())


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    """Give a folder with a video in it and one below."""
    made = Folder(tmp_path)
    (made.path / "a.mp4").write_text("video")
    (made.path / "deep").mkdir()
    (made.path / "deep" / "b.mp4").write_text("video")
    return made


def test_each_video_is_converted_once(folder: Folder) -> None:
    """Also by a call of another day; one that is replaced is converted again."""
    converter = Converter()
    folder.once(converter)
    folder.once(converter)
    (folder.path / "a.mp4").write_text("another video")
    folder.once(converter)

    assert converter.given == [("a.mp4", "a.mp3")] * 2


def test_folders_in_it_are_watched_if_that_is_asked_for(folder: Folder) -> None:
    """Their videos keep their folders."""
    converter = Converter()
    folder.once(converter, recursive=True, output="music/")

    assert converter.given == [("a.mp4", "a.mp3"), ("b.mp4", "b.mp3")]


def test_an_mp3_that_is_there_is_not_made_again(folder: Folder) -> None:
    """It was made before the folder was watched, or by hand."""
    (folder.path / "a.mp3").touch()
    converter = Converter()

    assert folder.once(converter) is ExitCode.OK
    assert converter.given == []


def test_what_failed_is_not_tried_again_before_it_changes(folder: Folder) -> None:
    """The exit code of a single look says that it failed."""
    converter = Converter(ExitCode.FAILED)

    assert folder.once(converter) is ExitCode.FAILED
    assert folder.once(converter) is ExitCode.OK
    assert len(converter.given) == 1


def test_what_could_not_be_sent_is_tried_again(folder: Folder) -> None:
    """As soon as the server is there."""
    converter = Converter(ExitCode.UNREACHABLE)
    folder.once(converter)
    folder.once(converter)

    assert len(converter.given) == 2


def test_who_is_not_logged_in_is_told_and_not_asked_again(folder: Folder) -> None:
    """The watch ends, though it has no other end."""
    code = asyncio.run(folder.watch(Converter(ExitCode.NOT_LOGGED_IN), settle=0.0).run())

    assert code is ExitCode.NOT_LOGGED_IN


def test_a_video_that_grows_is_waited_for(folder: Folder) -> None:
    """By the looks that are taken at it."""
    converter = Converter()
    watch = folder.watch(converter, settle=5.0)

    async def look_at_growth() -> None:
        await watch.look(0.0)
        with (folder.path / "a.mp4").open("a") as file:  # nothing else runs
            file.write("more")
        await watch.look(6.0)
        assert converter.given == []
        await watch.look(11.0)

    asyncio.run(look_at_growth())
    assert converter.given == [("a.mp4", "a.mp3")]


def test_a_folder_that_is_gone_ends_the_watch(folder: Folder) -> None:
    """As a drive that was taken out."""
    watch = folder.watch(Converter())
    (folder.path / "a.mp4").unlink()
    (folder.path / "deep" / "b.mp4").unlink()
    (folder.path / "deep").rmdir()
    folder.path.rmdir()

    with pytest.raises(FileNotFoundError):
        asyncio.run(watch.run())
