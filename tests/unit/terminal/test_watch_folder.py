"""A watched folder: what is complete, what was done, what is tried again."""

import asyncio
import os
from pathlib import Path

import pytest
from typer.testing import CliRunner

from tracklift_terminal.commands import make_cli
from tracklift_terminal.done_files import DoneFiles
from tracklift_terminal.exit_codes import ExitCode
from tracklift_terminal.file_result import FileResult, is_of_the_video
from tracklift_terminal.growth import GrowthWatch, stamps
from tracklift_terminal.inputs import Input
from tracklift_terminal.outputs import IsOwn, Output
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
    DoneFiles(watched, tmp_path / "state").add(watched / name, (10, 1), FileResult())
    later = DoneFiles(watched, tmp_path / "state")

    assert later.has(watched / name, (10, 1))
    assert not later.has(watched / name, (10, 2))
    assert not DoneFiles(tmp_path, tmp_path / "state").has(watched / name, (10, 1))
    later.keep_only([])
    assert not later.has(watched / name, (10, 1))


@pytest.mark.parametrize("content", [b"", b"{}", b"[1]", b"\xff", b'{"folder":"/x","files":{"a":[1,1]}}'])
def test_a_memory_that_makes_no_sense_counts_as_none(tmp_path: Path, content: bytes) -> None:
    """The files are worked on again, and MP3s that are there are kept."""
    done = DoneFiles(tmp_path, tmp_path / "state")
    done.add(tmp_path / "a", (1, 1), FileResult())
    (file,) = (tmp_path / "state" / "watched").iterdir()
    file.write_bytes(content)

    assert not DoneFiles(tmp_path, tmp_path / "state").has(tmp_path / "a", (1, 1))


FAILED = FileResult(code=ExitCode.FAILED)
DAMAGED = FileResult(code=ExitCode.FAILED, is_final=True)
UNREACHABLE = FileResult(code=ExitCode.UNREACHABLE)


class Converter:
    """Takes down what it is given, and makes an MP3 unless told to fail or one of others is in its place."""

    def __init__(self, *results: FileResult) -> None:
        self.results = [*results]
        self.given: list[tuple[str, str]] = []

    async def __call__(self, video: Input, output: Output, is_own: IsOwn) -> FileResult:
        """Make the video's bytes its MP3."""
        self.given.append((video.path.name, output.path.name))
        if self.results:
            return self.results.pop(0)
        mp3 = output.path
        if output.template is not None:
            mp3 = Path(output.template.replace("{name}", video.path.stem))
        if mp3.exists() and not is_own(mp3):
            return FileResult(code=ExitCode.FAILED, in_the_way=mp3)
        mp3.parent.mkdir(exist_ok=True)
        mp3.write_bytes(video.path.read_bytes())
        return FileResult(made=mp3)


class Folder:
    """A folder that is watched by one call after another."""

    def __init__(self, path: Path) -> None:
        self.path = path / "watched"
        self.path.mkdir()
        self.state = path / "state"

    def watch(self, converter: Converter, *, asked: str = "", **how: object) -> FolderWatch:
        """Begin a call."""
        watching = Watching(folder=self.path, **how)  # type: ignore[arg-type]  # whatever the test says
        return FolderWatch(watching, DoneFiles(self.path, self.state, asked=asked), converter)

    def once(self, converter: Converter, *, asked: str = "", **how: object) -> ExitCode:
        """Look once."""
        return asyncio.run(self.watch(converter, asked=asked, once=True, **how).run())


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    """Give a folder with a video in it and one below."""
    made = Folder(tmp_path)
    (made.path / "a.mp4").write_text("video")
    (made.path / "deep").mkdir()
    (made.path / "deep" / "b.mp4").write_text("video")
    return made


def test_each_video_is_converted_once(folder: Folder) -> None:
    """Also by a call of another day; one that is replaced is converted again, and its own MP3 replaced."""
    converter = Converter()
    folder.once(converter)
    folder.once(converter)
    (folder.path / "a.mp4").write_text("another video")

    assert folder.once(converter) is ExitCode.OK
    assert converter.given == [("a.mp4", "a.mp3")] * 2
    assert (folder.path / "a.mp3").read_text() == "another video"


@pytest.mark.parametrize("output", [None, "music/", "music/{name}.mp3"])
def test_a_video_that_is_damaged_and_replaced_again_keeps_its_own_mp3(
    folder: Folder, output: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is known as its own all the while, wherever it lies."""
    monkeypatch.chdir(folder.path)
    folder.once(Converter(), output=output)
    (folder.path / "a.mp4").write_text("damaged")
    folder.once(Converter(DAMAGED), output=output)
    (folder.path / "a.mp4").write_text("whole again")

    assert folder.once(Converter(), output=output) is ExitCode.OK
    assert next(folder.path.rglob("a.mp3")).read_text() == "whole again"


def test_of_two_videos_with_one_stem_the_second_is_told_of_once(folder: Folder) -> None:
    """The MP3 of the first is kept, and replaced with its own video only, until it is taken away."""
    (folder.path / "a.mov").write_text("the other")
    converter = Converter()
    codes = [folder.once(converter), folder.once(converter)]

    assert codes == [ExitCode.FAILED, ExitCode.OK]
    assert converter.given == [("a.mov", "a.mp3"), ("a.mp4", "a.mp3")]
    assert (folder.path / "a.mp3").read_text() == "the other"
    (folder.path / "a.mp3").unlink()
    assert folder.once(converter) is ExitCode.OK
    assert (folder.path / "a.mp3").read_text() == "video"
    (folder.path / "a.mov").write_text("the other, replaced")
    assert folder.once(converter) is ExitCode.FAILED
    assert (folder.path / "a.mp3").read_text() == "video"


def test_what_was_made_in_another_way_is_not_done(folder: Folder) -> None:
    """The MP3 is replaced, as this command made it; and back again, as it is another one then."""
    converter = Converter()
    codes = [folder.once(converter, asked=asked) for asked in ("128", "320", "320", "128")]

    assert codes == [ExitCode.OK] * 4
    assert len(converter.given) == 3


def test_what_was_made_for_another_place_is_not_done(folder: Folder, tmp_path: Path) -> None:
    """Both stay done, also when two calls watch one folder at a time."""
    converter = Converter()
    places = {place: f"{tmp_path}/{place}/" for place in ("one", "two")}
    watches = [
        folder.watch(converter, asked=asked, output=output, settle=0.0) for asked, output in places.items()
    ]
    for watch in watches:
        asyncio.run(watch.look(0.0))
    for asked, output in places.items():
        folder.once(converter, asked=asked, output=output)

    assert len(converter.given) == 2
    assert (tmp_path / "two" / "a.mp3").exists()


def test_a_link_to_a_video_elsewhere_is_converted_once(folder: Folder, tmp_path: Path) -> None:
    """Its name in the folder counts."""
    (folder.path / "a.mp4").rename(tmp_path / "elsewhere.mp4")
    (folder.path / "link.mp4").symlink_to(tmp_path / "elsewhere.mp4")
    converter = Converter()
    folder.once(converter)
    folder.once(converter)

    assert converter.given == [("link.mp4", "link.mp3")]


def test_folders_in_it_are_watched_if_that_is_asked_for(folder: Folder) -> None:
    """And a call that leaves them out forgets nothing of them."""
    converter = Converter()
    folder.once(converter, recursive=True)
    (folder.path / "a.mp4").write_text("another video")
    folder.once(converter)
    folder.once(converter, recursive=True)

    assert converter.given == [("a.mp4", "a.mp3"), ("b.mp4", "b.mp3"), ("a.mp4", "a.mp3")]


def test_an_mp3_of_others_is_kept_and_told_of_once(folder: Folder) -> None:
    """It was made before the folder was watched, or by hand. Without it the video is converted."""
    (folder.path / "a.mp3").write_text("dear to somebody")
    converter = Converter()

    assert folder.once(converter) is ExitCode.FAILED
    assert folder.once(converter) is ExitCode.OK
    assert (folder.path / "a.mp3").read_text() == "dear to somebody"
    assert len(converter.given) == 1
    (folder.path / "a.mp3").unlink()
    assert folder.once(converter) is ExitCode.OK
    assert (folder.path / "a.mp3").read_text() == "video"


def test_a_video_that_cannot_be_converted_is_not_tried_again_before_it_changes(folder: Folder) -> None:
    """The exit code of a single look says that it failed."""
    converter = Converter(DAMAGED)

    assert folder.once(converter) is ExitCode.FAILED
    assert folder.once(converter) is ExitCode.OK
    assert len(converter.given) == 1


@pytest.mark.parametrize("result", [FAILED, UNREACHABLE])
def test_what_failed_for_a_passing_reason_is_tried_again_by_the_next_call(
    folder: Folder, result: FileResult
) -> None:
    """As for a full disk, a quota that is used up, or a server that is away."""
    converter = Converter(result)

    assert folder.once(converter) is result.code
    assert folder.once(converter) is ExitCode.OK
    assert len(converter.given) == 2


def test_a_watch_tries_what_failed_after_a_minute_and_then_less_often(folder: Folder) -> None:
    """At the least each hour; one that has changed at once."""
    converter = Converter(*[FAILED] * 100)
    watch = folder.watch(converter, settle=0.0)

    async def tried(begin: int, end: int) -> list[int]:
        times = []
        for now in range(begin, end, 60):
            before = len(converter.given)
            await watch.look(float(now))
            times += [now] * (len(converter.given) - before)
        return times

    times = asyncio.run(tried(0, 20_040))
    assert times[:4] == [0, 60, 180, 420]
    assert times[-1] - times[-2] == 3600
    (folder.path / "a.mp4").write_text("another video")
    assert asyncio.run(tried(20_040, 20_160)) == [20_040, 20_100]


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("no_audio_track", True),
        ("corrupt_media", True),
        ("too_long", True),
        ("too_large", True),
        ("cancelled", True),
        ("out_of_space", False),
        ("timed_out", False),
        ("media_lost", False),
        ("quota_exceeded", False),
        ("too_many_conversions", False),
        ("", False),
    ],
)
def test_failures_of_the_video_are_told_from_passing_ones(code: str, *, expected: bool) -> None:
    """By their codes."""
    assert is_of_the_video(code) is expected


def test_who_is_not_logged_in_is_told_and_not_asked_again(folder: Folder) -> None:
    """The watch ends, though it has no other end."""
    code = asyncio.run(folder.watch(Converter(FileResult(code=ExitCode.NOT_LOGGED_IN)), settle=0.0).run())

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


@pytest.mark.parametrize(
    ("name", "said"), [("", "DIR is empty"), ("missing", "missing: there is no such folder")]
)
def test_a_folder_to_watch_is_there(
    name: str, said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An empty name is not the current folder."""
    monkeypatch.chdir(tmp_path)
    done = CliRunner().invoke(make_cli(), ["watch-folder", name, "--once"])

    assert done.exit_code == ExitCode.USAGE
    assert said in done.output
