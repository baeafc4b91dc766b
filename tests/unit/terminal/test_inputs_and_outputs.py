"""Which files a command works on, where their MP3s go, and how times are written."""

import os
from collections.abc import Sequence
from pathlib import Path

import pytest
import typer

from tracklift_domain.extraction.options import AudioOptions
from tracklift_terminal.inputs import Input, InputError, check_input, find_inputs
from tracklift_terminal.outputs import Output, check_download_target, plan_outputs
from tracklift_terminal.template_fields import template_fields
from tracklift_terminal.time_text import read_time
from tracklift_terminal.usage import check_standard_streams


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Give a folder with videos, some of them hidden, and other files."""
    for name in ("b.MOV", "a.mp4", "notes.txt", ".hidden.mp4", "deep/c.m4v", ".cache/d.mp4"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    return tmp_path


def test_a_folder_is_searched_for_videos(folder: Path) -> None:
    """By their endings, without hidden ones, and each knows the folder that it was found in."""
    found = find_inputs([str(folder)], recursive=True)

    assert [(each.path.relative_to(folder), each.below) for each in found] == [
        (Path("a.mp4"), Path()),
        (Path("b.MOV"), Path()),
        (Path("deep/c.m4v"), Path("deep")),
    ]


def test_without_recursive_a_folder_is_refused(folder: Path) -> None:
    """With what to do."""
    (found,) = find_inputs([str(folder)], recursive=False)

    with pytest.raises(InputError, match="--recursive"):
        check_input(found)


def test_a_pipe_is_refused_before_it_is_opened(tmp_path: Path) -> None:
    """Opening it would wait for a writer, and neither Ctrl-C nor SIGTERM would end that."""
    os.mkfifo(tmp_path / "talk.mp4")
    (found,) = find_inputs([str(tmp_path / "talk.mp4")], recursive=False)

    with pytest.raises(InputError, match="as standard input"):
        check_input(found)


def test_standard_input_may_be_a_pipe_though_a_file_has_its_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is copied, and not looked for in the folder."""
    monkeypatch.chdir(tmp_path)
    os.mkfifo("-")
    (found,) = find_inputs(["-"], recursive=False)

    check_input(found)


def test_a_file_that_is_named_may_have_any_ending(folder: Path) -> None:
    """A file that is named explicitly is taken as it is; if it is missing, that is reported when it is opened."""
    found = find_inputs([str(folder / "notes.txt"), "missing"], recursive=True)

    assert [each.given for each in found] == [str(folder / "notes.txt"), "missing"]
    for each in found:
        check_input(each)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ("https://example.org/x.mp4?a=b", "download https://example.org/x.mp4?a=b first"),
        ("file:///home/ada/x.mp4", "leave out file://"),
    ],
)
def test_a_url_is_refused_with_a_sentence(given: str, said: str) -> None:
    """As it was given, with both of its slashes."""
    (found,) = find_inputs([given], recursive=False)

    with pytest.raises(InputError) as raised:
        check_input(found)
    assert said in str(raised.value)


def inputs(*names: str) -> list[Input]:
    return [Input(Path(name), name) for name in names]


def paths(given: Sequence[Input], output: str | None) -> list[str]:
    return [str(each.path) for each in plan_outputs(given, output)]


def test_outputs_lie_beside_the_inputs_or_where_they_are_told(tmp_path: Path) -> None:
    """A folder is told by a slash, by several inputs, or by being there."""
    assert paths(inputs("x/talk.mp4", "y.mov"), None) == ["x/talk.mp3", "y.mp3"]
    assert paths(inputs("x/talk.mp4"), "music/") == ["music/talk.mp3"]
    assert paths(inputs("x/talk.mp4"), str(tmp_path)) == [str(tmp_path / "talk.mp3")]
    assert paths(inputs("x/talk.mp4", "y.mov"), "music") == ["music/talk.mp3", "music/y.mp3"]
    assert paths(inputs("x/talk.mp4"), "z.mp3") == ["z.mp3"]


def test_videos_of_a_folder_keep_their_folders(folder: Path) -> None:
    """So that equal names do not meet."""
    found = find_inputs([str(folder)], recursive=True)

    assert paths(found, "music/") == ["music/a.mp3", "music/b.mp3", "music/deep/c.mp3"]


def test_standard_input_goes_to_standard_output() -> None:
    """Unless a file is named."""
    (output,) = plan_outputs(inputs("-"), None)

    assert output.is_standard
    assert paths(inputs("-"), "talk.mp3") == ["talk.mp3"]
    assert paths(inputs("-"), "music/") == ["music/audio.mp3"]
    (output,) = plan_outputs(inputs("talk.mp4"), "-")
    assert output.is_standard


@pytest.mark.parametrize(
    ("given", "output", "said"),
    [
        (["talk.mp4"], "x.wav", "only MP3 is made"),
        (["talk.mp4"], "{title}.wav", "only MP3 is made"),
        (["talk.mp4"], "{titel}.mp3", r"no \{titel\}; a template has \{name\}, \{title\}"),
        (["talk.mp4"], "{title.mp3", "expected '}'"),
        (["talk.mp4"], "{0}.mp3", r"no \{0\}"),
        (["talk.mp4"], "{title.__class__}.mp3", r"no \{title.__class__\}"),
        (["talk.mp4"], "", "-o is empty"),
        (["a.mp4", "b.mp4"], "one.mp3", "one file can't be several MP3s"),
        (["a/talk.mp4", "b/talk.mp4"], "music/", "More than one input"),
        (["talk.mp3"], None, "its own MP3"),
    ],
)
def test_an_output_that_makes_no_sense_is_refused(given: list[str], output: str | None, said: str) -> None:
    """Before anything is begun."""
    with pytest.raises(ValueError, match=said):
        plan_outputs(inputs(*given), output)


def test_a_template_is_filled_in_with_the_tags_of_the_mp3() -> None:
    """Those that were asked for before those of the video; what neither has is replaced."""
    output = Output(Path(), template="{artist}/{album} - {title} ({name}).mp3")
    fields = template_fields(
        Path("x/talk.final.mp4"), {"artist": "Ada", "title": "Old"}, AudioOptions(title="New")
    )

    assert output.filled_in(fields) == Path("Ada/Unknown album - New (talk.final).mp3")


def test_a_tag_that_can_be_no_name_counts_as_missing() -> None:
    """As a folder of two dots would be another one."""
    output = Output(Path(), template="{artist}/{album}/{name}.mp3")
    fields = template_fields(Path("talk.mp4"), {"artist": " . ", "album": ".."}, AudioOptions())

    assert output.filled_in(fields) == Path("Unknown artist/Unknown album/talk.mp3")


@pytest.mark.parametrize("recursive", [False, True])
def test_an_empty_name_is_refused(recursive: bool) -> None:  # noqa: FBT001
    """It would mean the current folder."""
    with pytest.raises(ValueError, match="is empty"):
        find_inputs(["a.mp4", ""], recursive=recursive)


@pytest.mark.parametrize("name", [".", "..", "/"])
def test_a_folder_without_a_name_is_refused_as_any_folder(name: str) -> None:
    """When its turn comes, so that other files are converted all the same."""
    found = find_inputs([name], recursive=False)
    plan_outputs(found, None)

    with pytest.raises(InputError, match="--recursive"):
        check_input(found[0])


@pytest.mark.parametrize(
    ("output", "several", "said"),
    [
        ("", False, "-o is empty"),
        ("x.mp4", False, "only MP3 is made"),
        ("new", False, "a slash at the end"),
        ("one.mp3", True, "can't be several MP3s"),
    ],
)
def test_a_download_is_refused_where_a_conversion_would_be(
    output: str,
    several: bool,  # noqa: FBT001
    said: str,
) -> None:
    """An MP3 has the ending of one."""
    with pytest.raises(ValueError, match=said):
        check_download_target(output, several=several)


def test_a_download_goes_to_a_file_a_folder_or_standard_output(tmp_path: Path) -> None:
    """As a conversion does."""
    for output, several in [
        ("a.MP3", False),
        (str(tmp_path), False),
        ("new/", True),
        ("new", True),
        ("-", True),
    ]:
        check_download_target(output, several=several)


@pytest.mark.parametrize(
    ("title", "path"),
    [
        ("../../etc/passwd", "x/-..-etc-passwd.mp3"),
        ("..", "x/talk.mp3"),
        (" \u200d", "x/talk.mp3"),
        ("video.mp4", "x/video.mp4.mp3"),
        ("a\\b\x1b[2J\n", "x/a-b [2J.mp3"),
        ("{artist}", "x/{artist}.mp3"),
    ],
)
def test_no_tag_leads_out_of_the_folder(title: str, path: str) -> None:
    """Nor to one that the template does not name."""
    output = Output(Path(), template="x/{title}.mp3")

    assert output.filled_in(template_fields(Path("talk.mp4"), {"title": title}, AudioOptions())) == Path(path)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("90", 90),
        ("1.5", 1.5),
        (".5", 0.5),
        ("1:30", 90),
        ("62:03.5", 3723.5),
        ("1:02:03.5", 3723.5),
        ("0:00", 0),
        (" 7 ", 7),
        (2.5, 2.5),
    ],
)
def test_times_are_read_as_people_write_them(text: str | float, seconds: float) -> None:
    """As ffmpeg does."""
    assert read_time(text) == seconds


@pytest.mark.parametrize(
    "text", ["", "x", "1:60", "1:61:00", "1:2:3:4", "-1", "1e3", "nan", "1:", "٣", "1" * 20]
)
def test_what_is_no_time_is_refused(text: str) -> None:
    """With how to write one."""
    with pytest.raises(typer.BadParameter, match="is no time"):
        read_time(text)


@pytest.mark.parametrize(
    ("given", "output", "as_json", "said"),
    [
        (["-", "-"], "music/", False, "once only"),
        (["a.mp4", "b.mp4"], "-", False, "Only one MP3"),
        (["a.mp4"], "-", True, "--json"),
    ],
)
def test_each_standard_stream_has_one_use(given: list[str], output: str, as_json: bool, said: str) -> None:  # noqa: FBT001
    """Else one would be in the middle of the other."""
    given_inputs = inputs(*given)
    outputs = [Output(Path("-"))] * len(given) if output == "-" else [Output(Path(output))] * len(given)

    with pytest.raises(ValueError, match=said):
        check_standard_streams(given_inputs, outputs, as_json=as_json)
