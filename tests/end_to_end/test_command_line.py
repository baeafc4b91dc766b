"""`tracklift convert`, `doctor` and the rest of the command line do what their help says."""

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from importlib.metadata import version
from pathlib import Path

import pytest

from tests.end_to_end.standalone_process import PACKAGE, StandaloneProcess, environment, run_tracklift
from tests.end_to_end.terminal import run_in_terminal
from tests.end_to_end.waiting import PATIENCE, wait_for
from tests.media import ffmpeg
from tests.media.hostile import HOSTILE
from tests.media.mp3 import read_mp3
from tests.media.samples import sample
from tests.preloaded.start import start_app
from tests.selection import thorough

pytestmark = [pytest.mark.media, pytest.mark.network]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Give a folder with a short video."""
    made = tmp_path / "videos"
    made.mkdir()
    shutil.copy(sample("one-second"), made / "talk.mp4")
    return made


def names(folder: Path) -> set[str]:
    """Give the names of all files in a folder, hidden ones too."""
    return {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}


def test_one_file_becomes_an_mp3_beside_it(folder: Path) -> None:
    """As long as the video's audio, and the last line says what it is.

    It is as readable as any new file: the mode is that of the umask, though the temporary file was private.
    """
    done = run_tracklift(["convert", "talk.mp4"], folder=folder)

    assert (folder / "talk.mp3").stat().st_mode & 0o777 == 0o666 & ~_umask()
    assert (done.returncode, done.stdout) == (0, "")
    assert names(folder) == {"talk.mp4", "talk.mp3"}
    heard = ffmpeg.decode(folder / "talk.mp3")
    assert heard.seconds == pytest.approx(1, abs=0.05)
    assert heard.warnings == ""
    size = (folder / "talk.mp3").stat().st_size
    assert done.stderr == f"talk.mp3  0:01.00  192 kbit/s  {size:,} bytes\n"


def test_options_reach_the_mp3(folder: Path) -> None:
    """Those that belong together in one go."""
    options = ["--bitrate", "96", "--channels", "1", "--sample-rate", "32000", "--start", "0.25"]
    done = run_tracklift(
        ["convert", "talk.mp4", "-o", "short.mp3", *options, "--title", "A [b]"], folder=folder
    )

    assert done.returncode == 0, done.stderr
    frame = read_mp3((folder / "short.mp3").read_bytes()).frames[0]
    assert (frame.bitrate, frame.channels, frame.rate) == (96, 1, 32000)
    assert ffmpeg.decode(folder / "short.mp3").seconds == pytest.approx(0.75, abs=0.05)
    assert ffmpeg.tags(folder / "short.mp3")["title"] == "A [b]"


def test_of_several_tracks_the_one_that_was_taken_is_named(folder: Path) -> None:
    """Also where the choice was left to Tracklift; a language that no track has is refused."""
    shutil.copy(sample("two-tracks"), folder / "two.mp4")
    ours = run_tracklift(["convert", "two.mp4"], folder=folder)
    second = run_tracklift(["convert", "two.mp4", "--overwrite", "--track", "2"], folder=folder)
    english = run_tracklift(["convert", "two.mp4", "-o", "english.mp3", "--track", "en"], folder=folder)

    assert ours.stderr.splitlines()[1] == "  made from audio track 1 of 2"
    assert second.stderr.splitlines()[1] == "  made from audio track 2 of 2"
    assert english.returncode == 1
    assert "No audio track is in the language 'en'" in english.stderr


def test_several_files_go_into_a_folder_that_is_made(folder: Path) -> None:
    """Whatever characters are in their names."""
    shutil.copy(folder / "talk.mp4", folder / "[red] Łódź 🎬.mp4")
    done = run_tracklift(["convert", "talk.mp4", "[red] Łódź 🎬.mp4", "-o", "music/new"], folder=folder)

    assert done.returncode == 0, done.stderr
    assert names(folder / "music") == {"new/talk.mp3", "new/[red] Łódź 🎬.mp3"}
    assert "[red] Łódź 🎬.mp3" in done.stderr


@pytest.mark.parametrize(
    "output",
    [
        pytest.param("music/", id="told by a slash"),
        pytest.param("there", id="there already", marks=pytest.mark.thorough),
    ],
)
def test_a_single_file_goes_into_a_folder_too(folder: Path, output: str) -> None:
    """As it would with `cp`, but that the folder is made."""
    (folder / "there").mkdir()
    done = run_tracklift(["convert", "talk.mp4", "-o", output], folder=folder)

    assert done.returncode == 0, done.stderr
    assert names(folder / output) == {"talk.mp3"}


def test_a_name_that_is_not_a_text_is_converted_too(folder: Path) -> None:
    """On Linux a name is any bytes."""
    (folder / "talk.mp4").rename(folder / os.fsdecode(b"t\xe4lk.mp4"))
    done = run_tracklift(["convert", os.fsdecode(b"t\xe4lk.mp4")], folder=folder)

    assert done.returncode == 0, done.stderr
    assert (folder / os.fsdecode(b"t\xe4lk.mp3")).exists()


def test_an_mp3_that_exists_is_kept_unless_told_otherwise(folder: Path) -> None:
    """Refused before anything is converted, and --overwrite replaces it."""
    (folder / "talk.mp3").write_text("dear to somebody")
    kept = run_tracklift(["convert", "talk.mp4"], folder=folder)

    assert kept.returncode == 1
    assert "talk.mp3 exists already" in kept.stderr
    assert "--overwrite" in kept.stderr
    assert (folder / "talk.mp3").read_text() == "dear to somebody"

    replaced = run_tracklift(["convert", "talk.mp4", "--overwrite"], folder=folder)

    assert replaced.returncode == 0
    assert ffmpeg.decode(folder / "talk.mp3").seconds == pytest.approx(1, abs=0.05)


def test_what_cannot_be_converted_is_named_and_the_others_are_converted(folder: Path) -> None:
    """A file that is missing, one that is not a video, one without sound, a folder."""
    (folder / "text.mp4").write_bytes(HOSTILE["text"][0]())
    shutil.copy(sample("no-audio"), folder / "silent.mp4")
    (folder / "folder.mp4").mkdir()
    inputs = ["missing.mp4", "text.mp4", "silent.mp4", "folder.mp4", "talk.mp4"]
    done = run_tracklift(["convert", *inputs], folder=folder)

    assert done.returncode == 1
    assert names(folder) == {"text.mp4", "silent.mp4", "talk.mp4", "talk.mp3"}
    lines = done.stderr.splitlines()
    assert [line.partition(":")[0] for line in lines[:4]] == inputs[:4]
    assert lines[0] == "missing.mp4: No such file or directory"
    assert lines[2] == "silent.mp4: The video has no audio track: choose one with sound."
    assert lines[3] == "folder.mp4: Is a directory: give --recursive for the videos in it."
    assert lines[4].startswith("talk.mp3  ")


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        (["talk.mp4", "--bitrate", "100"], "--bitrate"),
        (["talk.mp4", "--start", "2", "--end", "1"], "--end"),
        (["talk.mp4", "--quality", "1", "--bitrate", "192"], "--quality"),
        (["talk.mp4", "--no-such-option"], "--no-such-option"),
        ([], "INPUT"),
        (["talk.mp4", "copy/talk.mp4", "-o", "music"], "music/talk.mp3"),
        (["talk.mp4", "talk.mp4"], "talk.mp3"),
        (["talk.mp4", "-o", "talk.mp4"], "-o"),
        (["talk.mp4", "-o", "new/talk"], "a folder with a slash at the end"),
        *thorough(
            [
                (["talk.mp4", "--sample-rate", "1"], "--sample-rate"),
                (["talk.mp4", "--track", "first"], "--track"),
                # The unit tests of inputs and outputs have these.
                (["talk.mp4", "-o", "talk.wav"], "only MP3 is made"),
                (["copy/talk.mp3", "-o", "copy/talk.mp3"], "replaced by its own MP3"),
                (["", "talk.mp4"], "name of a file is empty"),
            ]
        ),
    ],
)
def test_a_command_line_without_sense_begins_nothing(folder: Path, arguments: list[str], named: str) -> None:
    """Exit code 2, and the message names what is wrong."""
    (folder / "copy").mkdir()
    shutil.copy(folder / "talk.mp4", folder / "copy")
    done = run_tracklift(["convert", *arguments], folder=folder)

    assert done.returncode == 2
    assert named in done.stderr
    assert "Traceback" not in done.stderr
    assert names(folder) == {"talk.mp4", "copy/talk.mp4"}


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ("nosuch/dir/x.mp4", "nosuch/dir/x.mp4: No such file or directory"),
        (
            "https://example.org/x.mp4",
            "Only files can be converted: download https://example.org/x.mp4 first.",
        ),
        ("file:///home/ada/x.mp4", "A path is needed, not a URL: leave out file://."),
    ],
)
def test_an_input_that_does_not_exist_makes_no_folder(folder: Path, given: str, said: str) -> None:
    """Neither beside the input nor where the MP3 was to go."""
    beside = run_tracklift(["convert", given], folder=folder)
    elsewhere = run_tracklift(["convert", given, "-o", "music/"], folder=folder)

    for done in (beside, elsewhere):
        assert done.returncode == 1
        assert done.stderr.endswith(f"{said}\n")
    assert list(folder.iterdir()) == [folder / "talk.mp4"]


@pytest.mark.thorough
def test_an_mp3_may_be_named_in_capitals(folder: Path) -> None:
    """As cameras and old systems write endings."""
    done = run_tracklift(["convert", "talk.mp4", "-o", "TALK.MP3"], folder=folder)

    assert done.returncode == 0, done.stderr
    assert names(folder) == {"talk.mp4", "TALK.MP3"}


@pytest.mark.parametrize("output", ["music/new/", *thorough(["music", "/proc/music"])])
def test_an_output_folder_that_cannot_be_written_is_named(folder: Path, output: str) -> None:
    """A file is in its place, or the file system takes no files."""
    (folder / "music").touch()
    shutil.copy(folder / "talk.mp4", folder / "other.mp4")
    done = run_tracklift(["convert", "talk.mp4", "other.mp4", "-o", output], folder=folder)

    assert done.returncode == 1
    assert [line.partition(":")[0] for line in done.stderr.splitlines()] == ["talk.mp4", "other.mp4"]
    assert output.rstrip("/") in done.stderr
    assert names(folder) == {"talk.mp4", "other.mp4", "music"}


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), *thorough([(signal.SIGTERM, 143)])])
def test_an_interruption_leaves_nothing_behind(folder: Path, number: signal.Signals, code: int) -> None:
    """No half MP3, no temporary folder, no process, of the first of two videos."""
    scratch = folder.parent / "scratch"
    scratch.mkdir()
    arguments = [
        "convert",
        str(sample("one-hour")),
        str(folder / "talk.mp4"),
        "-o",
        str(folder),
        "--sample-rate",
        "48000",
    ]
    with (folder.parent / "errors").open("wb") as errors:
        process = start_app(
            PACKAGE,
            arguments,
            environment({"TMPDIR": str(scratch)}),
            output=errors.fileno(),
            errors=errors.fileno(),
        )
    try:
        wait_for(lambda: list(scratch.rglob("audio.mp3")), "it has begun")
        assert _processes_of(process.pid)
        process.send_signal(number)
        assert process.wait(PATIENCE) == code
    finally:
        process.send_signal(9)

    assert "Traceback" not in (folder.parent / "errors").read_text()
    assert names(folder) == {"talk.mp4"}
    assert list(scratch.iterdir()) == []
    assert _processes_of(process.pid) == []


def test_a_terminal_shows_how_far_it_is_and_how_long_it_takes(folder: Path) -> None:
    """A bar with per cent and the time that is left, which is gone in the end."""
    shutil.copy(sample("three-minutes"), folder / "long.mp4")
    arguments = ["convert", "long.mp4", "--sample-rate", "48000"]
    code, written = run_in_terminal(arguments, folder)
    shown = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", written)

    assert code == 0, shown
    assert "━" in shown
    assert re.search(r"long\.mp4 .*\b[1-9]\d?%", shown)
    assert re.search(r"long\.mp4 .*\b0:\d\d:\d\d", shown)
    assert any(line.startswith("long.mp3  3:00.") for line in shown.splitlines())
    assert written.rindex("\x1b[2K") > written.rindex("━")


def test_doctor_finds_all_well(tmp_path: Path) -> None:
    """And says what it has looked at."""
    done = run_tracklift(["doctor"], _settings(tmp_path))

    assert done.returncode == 0, done.stdout
    assert all(line.startswith("ok ") for line in done.stdout.splitlines())
    for word in ("Python", "ffmpeg", str(tmp_path / "data"), "GB", "127.0.0.1"):
        assert word in done.stdout


def test_doctor_finds_a_port_that_is_taken(tmp_path: Path) -> None:
    """And says which setting chooses another."""
    with closing(socket.create_server(("127.0.0.1", 0))) as taken:
        port = str(taken.getsockname()[1])
        done = run_tracklift(["doctor", "--port", port], _settings(tmp_path))

    assert_found(done, f"127.0.0.1:{port}", "TRACKLIFT_PORT")
    assert f"address 127.0.0.1:{port} can't be used: Address already in use\n" in done.stdout


def test_doctor_finds_a_data_folder_that_cannot_be_written(tmp_path: Path) -> None:
    """A file is in its place."""
    (tmp_path / "data").touch()
    done = run_tracklift(["doctor"], _settings(tmp_path))

    assert_found(done, str(tmp_path / "data"), "TRACKLIFT_DATA_FOLDER")


def test_doctor_finds_a_data_folder_that_is_in_use(shared_tracklift: StandaloneProcess) -> None:
    """And by which process, which goes on."""
    folder = str(shared_tracklift.data.path)
    done = run_tracklift(["doctor", "--data-folder", folder], {"TRACKLIFT_PORT": "0"})

    assert_found(done, f"process {shared_tracklift.pid}", "TRACKLIFT_DATA_FOLDER")
    assert shared_tracklift.is_running


def _broken(folder: Path) -> Path:
    program = folder / "ffmpeg"
    program.write_text("#!/bin/sh\nexit 1\n")
    program.chmod(0o755)
    return program


def _without_lame(folder: Path) -> Path:
    program = folder / "ffmpeg"
    program.write_text("#!/bin/sh\necho Encoders:\n")
    program.chmod(0o755)
    return program


@pytest.mark.parametrize("make", [_broken, *thorough([_without_lame, lambda folder: folder / "missing"])])
def test_doctor_finds_an_ffmpeg_that_does_not_work(tmp_path: Path, make: Callable[[Path], Path]) -> None:
    """One that fails, one that can't make MP3s, one that is not there."""
    program = make(tmp_path)
    done = run_tracklift(["doctor"], {**_settings(tmp_path), "IMAGEIO_FFMPEG_EXE": str(program)})

    assert_found(done, "ffmpeg", "IMAGEIO_FFMPEG_EXE")


def test_doctor_finds_a_setting_that_is_wrong(tmp_path: Path) -> None:
    """And still looks at what needs no settings."""
    done = run_tracklift(["doctor"], {**_settings(tmp_path), "TRACKLIFT_LEASE": "soon"})

    assert_found(done, "TRACKLIFT_LEASE", "unset it")
    assert "ffmpeg" in done.stdout


def assert_found(done: subprocess.CompletedProcess[str], what: str, fix: str) -> None:
    """See that just one thing is found wrong, with its fix, and exit code 1."""
    lines = done.stdout.splitlines()
    (wrong,) = (position for position, line in enumerate(lines) if line.startswith("WRONG"))
    assert what in lines[wrong]
    assert lines[wrong + 1].strip().startswith("-> ")
    assert fix in lines[wrong + 1]
    assert done.returncode == 1
    assert done.stderr == ""


def test_version_is_that_of_the_distribution() -> None:
    """By the command as it is installed, too."""
    done = run_tracklift(["--version"])
    installed = subprocess.run(
        [str(Path(sys.executable).with_name("tracklift")), "--version"],
        env=environment({}),
        capture_output=True,
        text=True,
        check=False,
    )

    assert (done.returncode, done.stdout) == (0, f"tracklift {version('tracklift')}\n")
    assert installed.stdout == done.stdout


@pytest.mark.parametrize(
    "command_name",
    ["", "serve", "list", *thorough(["convert", "doctor", "dead-letters", "login", "watch", "download"])],
)
def test_help_tells_what_there_is(command_name: str) -> None:
    """Of the whole and of each command."""
    done = run_tracklift([*command_name.split(), "--help"])

    assert done.returncode == 0
    assert f"tracklift {command_name}".strip() in done.stdout
    assert "--help" in done.stdout


def _settings(folder: Path) -> dict[str, str]:
    return {"TRACKLIFT_DATA_FOLDER": str(folder / "data"), "TRACKLIFT_PORT": "0"}


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


def _processes_of(pid: int) -> list[str]:
    """Give what works for a process, or would fork what does."""
    found = []
    for path in Path("/proc").glob("[0-9]*"):
        try:
            command = (path / "cmdline").read_bytes().decode()
        except OSError:
            continue  # Gone meanwhile.
        if "tracklift_adapters.extraction_process." in command and f"\0{pid}\0" in command:
            found.append(command)
    return found
