"""Options of a conversion, of which some are defaults in the user's own file."""

from collections.abc import Sequence

import pytest
import typer
from typer.testing import CliRunner

from tracklift_domain.extraction.options import AudioOptions
from tracklift_terminal.exit_codes import ExitCode
from tracklift_terminal.option_parameters import GivenOptions, read_options, with_option_parameters
from tracklift_terminal.usage import usage_told


def read(defaults: dict[str, object], arguments: Sequence[str]) -> tuple[AudioOptions | None, int, str]:
    """Give the options of a call, if there are any, its exit code and what it said."""
    found: list[AudioOptions] = []
    app = typer.Typer()

    @app.command()
    @with_option_parameters
    def convert(*, given: GivenOptions) -> None:
        with usage_told():
            found.append(read_options(given))

    done = CliRunner().invoke(app, arguments, default_map=defaults)
    return (found[0] if found else None), done.exit_code, done.output


@pytest.mark.parametrize(
    ("defaults", "arguments", "options"),
    [
        ({"quality": 3, "channels": 1}, ["--bitrate", "128"], AudioOptions(bitrate=128, channels=1)),
        ({"bitrate": 64}, ["--quality", "9"], AudioOptions(quality=9)),
        ({"bitrate": 320}, ["--sample-rate", "16000"], AudioOptions(sample_rate=16000)),
        ({"end": 60}, ["--start", "90"], AudioOptions(start=90)),
        ({"start": 50, "end": 60}, ["--end", "55"], AudioOptions(start=50, end=55)),
        ({"normalize": True}, ["--no-normalize"], AudioOptions()),
        ({"normalize": True}, [], AudioOptions(normalize=True)),
        ({"bitrate": 100}, ["--bitrate", "128"], AudioOptions(bitrate=128)),
    ],
)
def test_the_command_line_wins_over_defaults_that_contradict_it(
    defaults: dict[str, object], arguments: list[str], options: AudioOptions
) -> None:
    """The other defaults hold."""
    assert read(defaults, arguments)[0] == options


@pytest.mark.parametrize(
    ("defaults", "said"),
    [
        ({"quality": 3, "bitrate": 64}, "quality can't be given together with bitrate"),
        ({"bitrate": 100}, "bitrate "),
    ],
)
def test_defaults_that_make_no_sense_are_told_with_their_file(defaults: dict[str, object], said: str) -> None:
    """And not as if they had been given on the command line."""
    options, code, output = read(defaults, ["--channels", "1"])

    assert (options, code) == (None, ExitCode.USAGE)
    assert f"config.toml: {said}" in output


def test_a_command_line_that_contradicts_itself_is_told_by_its_own_options() -> None:
    """Whatever the file says."""
    _, code, output = read({"channels": 1}, ["--quality", "1", "--bitrate", "64"])

    assert code == ExitCode.USAGE
    assert "--quality can't be given together with bitrate" in output
