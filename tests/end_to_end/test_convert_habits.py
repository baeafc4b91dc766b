"""`tracklift convert` in pipes, scripts and folders."""

import json
import shutil
import subprocess
import tempfile
from pathlib import Path

import pytest

from tests.end_to_end.standalone_process import PACKAGE, environment, run_tracklift
from tests.end_to_end.waiting import PATIENCE
from tests.media import ffmpeg
from tests.media.samples import sample
from tests.preloaded.start import start_app

pytestmark = pytest.mark.media


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Give a folder with a short video."""
    made = tmp_path / "videos"
    made.mkdir()
    shutil.copy(sample("one-second"), made / "talk.mp4")
    return made


@pytest.fixture(scope="module")
def expected(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """Give the MP3 of that video."""
    output = tmp_path_factory.mktemp("expected") / "talk.mp3"
    run_tracklift(["convert", str(sample("one-second")), "-o", str(output)])
    return output.read_bytes()


def piped(arguments: list[str], video: Path, folder: Path, *, seekable: bool) -> tuple[int, bytes, bytes]:
    """Run `tracklift` with a video as its input, a file or a pipe; give exit code, output and errors."""
    with (
        video.open("rb") as file,
        subprocess.Popen(["cat", str(video)], stdout=subprocess.PIPE) as cat,
        tempfile.TemporaryFile() as output,
        tempfile.TemporaryFile() as errors,
    ):
        assert cat.stdout is not None
        process = start_app(
            PACKAGE,
            arguments,
            environment({}),
            given=file.fileno() if seekable else cat.stdout.fileno(),
            output=output.fileno(),
            errors=errors.fileno(),
            folder=folder,
        )
        try:
            code = process.wait(PATIENCE)
        finally:
            process.send_signal(9)
        output.seek(0)
        errors.seek(0)
        return code, output.read(), errors.read()


@pytest.mark.parametrize("seekable", [True, False], ids=["file", "pipe"])
def test_a_video_goes_in_by_one_stream_and_its_mp3_out_by_the_other(
    folder: Path,
    expected: bytes,
    seekable: bool,  # noqa: FBT001
) -> None:
    """Byte for byte the MP3 of the file; a copy is made for a pipe only, and told."""
    code, output, errors = piped(["convert", "-"], folder / "talk.mp4", folder, seekable=seekable)

    assert code == 0, errors
    assert output == expected
    assert (b"copied into a temporary file" in errors) is not seekable
    assert [path.name for path in folder.iterdir()] == ["talk.mp4"]


def test_what_happened_is_told_as_json(folder: Path) -> None:
    """An object a line, for failures too."""
    (folder / "text.mp4").write_text("no video")
    done = run_tracklift(["convert", "talk.mp4", "text.mp4", "missing.mp4", "--json"], folder=folder)
    made, text, missing = map(json.loads, done.stdout.splitlines())

    assert done.returncode == 1
    assert (made["input"], made["output"]) == ("talk.mp4", "talk.mp3")
    assert made["audio"]["size"] == (folder / "talk.mp3").stat().st_size
    assert made["audio"]["damage"] is None
    assert text["error"]["code"] == "not_a_video"
    assert missing == {
        "input": "missing.mp4",
        "error": {"code": "system", "detail": "No such file or directory"},
    }


def test_quiet_says_nothing_but_what_goes_wrong(folder: Path) -> None:
    """On standard error."""
    done = run_tracklift(["convert", "talk.mp4", "missing.mp4", "--quiet"], folder=folder)

    assert (done.stdout, done.stderr) == ("", "missing.mp4: No such file or directory\n")
    assert (folder / "talk.mp3").exists()


def test_a_dry_run_makes_nothing(folder: Path) -> None:
    """And finds what can't be converted all the same."""
    (folder / "text.mp4").write_text("no video")
    done = run_tracklift(["convert", "talk.mp4", "text.mp4", "-o", "new/", "--dry-run"], folder=folder)

    assert done.returncode == 1
    assert done.stderr.splitlines()[0] == "talk.mp4 -> new/talk.mp3"
    assert sorted(path.name for path in folder.iterdir()) == ["talk.mp4", "text.mp4"]


def test_folders_are_converted_with_what_is_in_them(folder: Path) -> None:
    """Several at once."""
    (folder / "deep").mkdir()
    shutil.copy(folder / "talk.mp4", folder / "deep" / "talk.mp4")
    done = run_tracklift(["convert", "-r", ".", "-o", "music/", "--jobs", "2"], folder=folder)

    assert done.returncode == 0, done.stderr
    assert (folder / "music" / "talk.mp3").read_bytes() == (
        folder / "music" / "deep" / "talk.mp3"
    ).read_bytes()


def test_a_template_names_the_mp3_by_its_tags(folder: Path) -> None:
    """Two that would have the same name do not replace one another."""
    shutil.copy(folder / "talk.mp4", folder / "other.mp4")
    arguments = [
        "convert",
        "talk.mp4",
        "other.mp4",
        "-o",
        "{artist}/{title}.mp3",
        "--artist",
        "A/B",
        "--title",
        "T",
    ]
    done = run_tracklift([*arguments, "--overwrite"], folder=folder)

    assert done.returncode == 1
    assert ffmpeg.tags(folder / "A-B" / "T.mp3")["artist"] == "A/B"
    assert "already the MP3 of another input" in done.stderr


def test_times_and_defaults_are_as_the_user_has_them(folder: Path) -> None:
    """The command line comes before the file."""
    (folder / "tracklift").mkdir()
    (folder / "tracklift" / "config.toml").write_text('[convert]\nbitrate = 64\nstart = "0:00.5"\n')
    settings = {"XDG_CONFIG_HOME": str(folder)}
    run_tracklift(["convert", "talk.mp4"], settings, folder=folder)
    run_tracklift(["convert", "talk.mp4", "-o", "x.mp3", "--start", "0:00:00.25"], settings, folder=folder)
    run_tracklift(["convert", "talk.mp4", "-o", "z.mp3", "--quality", "9"], settings, folder=folder)
    refused = run_tracklift(["convert", "talk.mp4", "-o", "y.mp3", "--start", "1:99"], folder=folder)
    (folder / "tracklift" / "config.toml").write_text("[convert]\nbitrate = 64\nquality = 3\n")
    torn = run_tracklift(["convert", "talk.mp4", "-o", "y.mp3"], settings, folder=folder)

    assert ffmpeg.decode(folder / "z.mp3").seconds == pytest.approx(0.5, abs=0.05)
    assert torn.returncode == 2
    assert "config.toml: quality can't be given together with bitrate" in torn.stderr
    assert ffmpeg.decode(folder / "talk.mp3").seconds == pytest.approx(0.5, abs=0.05)
    assert ffmpeg.decode(folder / "x.mp3").seconds == pytest.approx(0.75, abs=0.05)
    assert refused.returncode == 2
    assert "1:99" in refused.stderr


def test_a_shell_is_told_how_to_complete(folder: Path) -> None:
    """By a script, which asks for the possible words."""
    script = run_tracklift([], {"_TRACKLIFT_COMPLETE": "source_bash"}, folder=folder)
    asked = {"_TRACKLIFT_COMPLETE": "complete_bash", "COMP_WORDS": "tracklift con", "COMP_CWORD": "1"}
    answered = run_tracklift([], asked, folder=folder)

    assert "_TRACKLIFT_COMPLETE=complete_bash" in script.stdout
    assert answered.stdout.split() == ["convert"]


def test_what_appears_in_a_folder_is_converted_once(folder: Path) -> None:
    """On this machine; the next call has nothing to do."""
    (folder / "text.mp4").write_text("no video")
    settings = {"HOME": str(folder), "XDG_STATE_HOME": str(folder / "state")}
    first = run_tracklift(["watch-folder", ".", "--here", "--once"], settings, folder=folder)
    (folder / "talk.mp3").unlink()
    second = run_tracklift(["watch-folder", ".", "--here", "--once"], settings, folder=folder)

    assert first.returncode == 1
    assert {line.partition(" ")[0] for line in first.stderr.splitlines()} == {"talk.mp3", "text.mp4:"}
    assert (second.returncode, second.stderr) == (0, "")


def test_a_watched_folder_goes_on_where_a_call_could_not(folder: Path) -> None:
    """An output folder that can't be used is no fault of the video; then its replaced video is made anew."""
    settings = {"HOME": str(folder), "XDG_STATE_HOME": str(folder / "state")}
    watch = ["watch-folder", ".", "-o", "out/", "--here", "--once"]
    (folder / "out").touch()
    blocked = run_tracklift(watch, settings, folder=folder)
    (folder / "out").unlink()
    made = run_tracklift([*watch, "--json"], settings, folder=folder)
    first = (folder / "out" / "talk.mp3").read_bytes()
    shutil.copy(sample("two-tracks"), folder / "talk.mp4")
    replaced = run_tracklift([*watch, "--quiet"], settings, folder=folder)

    assert blocked.returncode == 1
    assert (made.returncode, json.loads(made.stdout)["output"]) == (0, "out/talk.mp3")
    assert (replaced.returncode, replaced.stderr) == (0, "")
    assert (folder / "out" / "talk.mp3").read_bytes() != first
