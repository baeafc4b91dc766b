"""How settings are read from environment variables and from the files that they name."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from traceback import format_exception

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracklift_adapters.environment.settings import SettingsError, read_settings

SECRET = "hunter2-is-a-secret"


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    name: str = "nobody"
    count: int = 1
    ratio: float = 0.5
    wanted: bool = False
    place: Path = Path("/nowhere")
    patience: timedelta = timedelta(seconds=1)
    nickname: str | None = None
    most: int | None = None
    names: list[str] = field(default_factory=list, init=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Demanding:
    password: str
    port: int = 80
    keep_audio: timedelta = timedelta(days=1)
    host: str = "localhost"

    def __post_init__(self) -> None:
        if not 0 <= self.port <= 65535:
            raise ValueError("port is from 0 to 65535")
        if self.host == "example.org":
            raise ValueError("This host, of all things, goes with\nkeep_audio, and a port.")
        if self.keep_audio <= timedelta(0):
            raise ValueError("keep_audio is more than 0.")


def read(**variables: str) -> Settings:
    return read_settings(Settings, {f"APP_{name}": value for name, value in variables.items()}, prefix="APP_")


def refusal(**variables: str) -> str:
    """Give the one line with which variables are refused."""
    with pytest.raises(SettingsError) as refused:
        read(**variables)
    assert len(str(refused.value).splitlines()) == 1
    return str(refused.value)


def refusal_of_demanding(**variables: str) -> str:
    with pytest.raises(SettingsError) as refused:
        read_settings(Demanding, variables, prefix="")
    assert len(str(refused.value).splitlines()) == 1
    return str(refused.value)


def test_nothing_given_leaves_every_default() -> None:
    assert read() == Settings()


def test_every_kind_of_value_is_read_as_what_it_is() -> None:
    assert read(
        NAME="Ada",
        COUNT="-7",
        RATIO="2.5e3",
        WANTED="true",
        PLACE="/srv/videos",
        PATIENCE="90",
        NICKNAME="null",
        MOST="12",
    ) == Settings(
        name="Ada",
        count=-7,
        ratio=2500.0,
        wanted=True,
        place=Path("/srv/videos"),
        patience=timedelta(seconds=90),
        nickname="null",
        most=12,
    )


@pytest.mark.parametrize("text", ["true", "TRUE", "1", "yes", "On "])
def test_several_words_mean_true(text: str) -> None:
    assert read(WANTED=text).wanted is True


@pytest.mark.parametrize("text", ["false", "False", "0", "no", "off"])
def test_several_words_mean_false(text: str) -> None:
    assert read(WANTED=text).wanted is False


@pytest.mark.parametrize(
    ("text", "duration"),
    [
        ("0", timedelta(0)),
        ("250ms", timedelta(milliseconds=250)),
        ("10s", timedelta(seconds=10)),
        ("1.5m", timedelta(seconds=90)),
        (" 2 h ", timedelta(hours=2)),
        ("30d", timedelta(days=30)),
    ],
)
def test_a_duration_is_seconds_or_a_number_with_a_unit(text: str, duration: timedelta) -> None:
    assert read(PATIENCE=text).patience == duration


@pytest.mark.parametrize(
    "text", ["10x", "s", "-3s", "1e3", "nan", "inf", "1s2", "5 min", "٣s", "1:30", "PT5S"]
)
def test_what_is_no_duration_is_refused_with_the_forms_that_are(text: str) -> None:
    assert (
        refusal(PATIENCE=text)
        == "APP_PATIENCE is not a duration: a number of seconds, or one with ms, s, m, h or d."
    )


def test_a_duration_beyond_all_calendars_is_refused() -> None:
    assert (
        refusal(PATIENCE="999999999999999d") == "APP_PATIENCE is not a duration of less than 1000000000 days."
    )


@given(st.text())
def test_no_text_whatever_breaks_the_reading_of_a_duration(text: str) -> None:
    with suppress(SettingsError):
        assert read(PATIENCE=text).patience >= timedelta(0)


@pytest.mark.parametrize("text", ["abc", "1.5", "1_000", "0x10", "٣", "99999999999999999999", "1 2"])
def test_what_is_no_whole_number_is_refused(text: str) -> None:
    assert refusal(COUNT=text) == "APP_COUNT is not a whole number."
    assert refusal(MOST=text) == "APP_MOST is not a whole number."


def test_what_is_not_a_number_is_refused() -> None:
    assert refusal(RATIO="half") == "APP_RATIO is not a number."


@pytest.mark.parametrize("text", ["nan", "inf", "-Infinity", "1e999"])
def test_a_number_that_is_none_or_has_no_end_is_refused(text: str) -> None:
    assert refusal(RATIO=text) == "APP_RATIO is not a finite number."


def test_what_is_neither_true_nor_false_is_refused() -> None:
    assert refusal(WANTED="maybe") == "APP_WANTED is not true or false."


def test_a_path_may_begin_at_the_home_folder(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", "/home/ada")

    assert read(PLACE="~/videos").place == Path("/home/ada/videos")


def test_the_home_folder_of_somebody_unknown_is_refused() -> None:
    assert refusal(PLACE="~nobody-of-this-name/videos").startswith("APP_PLACE is not a path: ")


def test_an_empty_variable_counts_as_not_given() -> None:
    assert read(NAME="", PATIENCE="", COUNT="", PLACE_FILE="") == Settings()


def test_variables_without_the_prefix_are_ignored() -> None:
    assert read_settings(Settings, {"COUNT": "7", "OTHER_COUNT": "8"}, prefix="APP_") == Settings()


def test_the_prefix_is_the_project_unless_another_is_given() -> None:
    assert read_settings(Settings, {"TRACKLIFT_COUNT": "7"}).count == 7


def test_a_missing_variable_is_named() -> None:
    assert refusal_of_demanding() == "PASSWORD is not set."
    assert refusal_of_demanding(PASSWORD="") == "PASSWORD is not set."


@pytest.mark.parametrize("ending", ["", "\n", "\r\n", "\n\n"])
def test_a_secret_is_read_from_the_file_that_a_variable_names(tmp_path: Path, ending: str) -> None:
    secret = tmp_path / "password"
    secret.write_bytes(f" {SECRET}\ntwo lines {ending}".encode())

    assert read(NAME_FILE=str(secret)).name == f" {SECRET}\ntwo lines "


def test_every_kind_of_value_may_come_from_a_file(tmp_path: Path) -> None:
    number = tmp_path / "count"
    number.write_text("42\n")

    assert read(COUNT_FILE=str(number)).count == 42


def test_a_variable_and_its_file_together_are_refused(tmp_path: Path) -> None:
    secret = tmp_path / "password"
    secret.write_text(SECRET)

    assert (
        refusal(NAME=SECRET, NAME_FILE=str(secret)) == "APP_NAME and APP_NAME_FILE are both set: choose one."
    )


def test_a_file_that_is_not_there_is_named_with_its_variable(tmp_path: Path) -> None:
    missing = tmp_path / "missing"

    assert (
        refusal(NAME_FILE=str(missing))
        == f"APP_NAME_FILE: {missing} can't be read: No such file or directory."
    )


def test_a_folder_in_place_of_a_file_is_refused(tmp_path: Path) -> None:
    assert refusal(NAME_FILE=str(tmp_path)) == f"APP_NAME_FILE: {tmp_path} can't be read: Is a directory."


def test_a_file_name_of_several_lines_still_makes_one_line(tmp_path: Path) -> None:
    assert "several lines can't be read" in refusal(NAME_FILE=str(tmp_path / "several\nlines"))


def _not_text(path: Path) -> None:
    path.write_bytes(b"\xff\xfe" + SECRET.encode())


def _large(path: Path) -> None:
    path.write_text(SECRET * 10_000)


def _empty(path: Path) -> None:
    path.write_text("\r\n")


@pytest.mark.parametrize(
    ("write", "reason"),
    [(_not_text, "is not UTF-8 text"), (_large, "has more than 65536 characters"), (_empty, "is empty")],
)
def test_a_file_that_holds_no_secret_is_refused(
    tmp_path: Path, write: Callable[[Path], None], reason: str
) -> None:
    secret = tmp_path / "password"
    write(secret)

    assert refusal(NAME_FILE=str(secret)) == f"APP_NAME_FILE: {secret} {reason}."


@pytest.mark.parametrize("variable", ["COUNT", "RATIO", "WANTED", "PATIENCE"])
def test_a_wrong_value_is_told_nowhere_since_it_may_be_a_secret_in_the_wrong_place(variable: str) -> None:
    with pytest.raises(SettingsError) as refused:
        read(**{variable: SECRET})

    assert SECRET not in "".join(format_exception(refused.value))


def test_a_wrong_value_in_a_file_is_told_nowhere_either(tmp_path: Path) -> None:
    secret = tmp_path / "password"
    _not_text(secret)

    with pytest.raises(SettingsError) as refused:
        read(NAME_FILE=str(secret))

    assert SECRET not in "".join(format_exception(refused.value))
    assert "0xff" not in "".join(format_exception(refused.value))


def test_a_field_that_the_dataclass_refuses_is_named_as_its_variable() -> None:
    assert refusal_of_demanding(PASSWORD=SECRET, PORT="70000") == "PORT is from 0 to 65535."
    assert refusal_of_demanding(PASSWORD=SECRET, KEEP_AUDIO="0") == "KEEP_AUDIO is more than 0."


def test_ordinary_words_of_a_refusal_stay_as_they_are() -> None:
    assert (
        refusal_of_demanding(PASSWORD=SECRET, HOST="example.org")
        == "This host, of all things, goes with KEEP_AUDIO, and a port."
    )


def test_a_field_of_a_kind_that_no_text_holds_is_a_mistake_of_the_program() -> None:
    @dataclass
    class Unreadable:
        things: list[str]

    @dataclass
    class Undecided:
        thing: int | str | None = None

    with pytest.raises(TypeError, match="not read from text"):
        read_settings(Unreadable, {"THINGS": "a,b"}, prefix="")
    with pytest.raises(TypeError, match="not read from text"):
        read_settings(Undecided, {"THING": "a"}, prefix="")
