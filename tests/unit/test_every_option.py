"""Each declared option can be given, stored, shown and handed to an engine, without a list of options elsewhere."""

from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest
import typer
from typer.testing import CliRunner

from tests.contracts.audio_extractor import a_plan
from tests.contracts.examples import a_conversion
from tracklift_adapters.extraction_process.protocol.job import Job, decode_job, encode_job
from tracklift_adapters.mongodb.conversion_documents import conversion_to_document, document_to_conversion
from tracklift_adapters.sql.conversion_rows import conversion_to_row, row_to_conversion
from tracklift_domain.extraction.option import Option
from tracklift_domain.extraction.option_kinds import (
    Choice,
    Flag,
    Seconds,
    TextLine,
    TrackChoice,
    WholeNumber,
)
from tracklift_domain.extraction.options import OPTIONS, AudioOptions
from tracklift_gateway.option_fields import read_options
from tracklift_gateway.option_schemas import OPTION_SCHEMAS
from tracklift_gateway.responses import OptionsResponse
from tracklift_terminal import option_parameters

TEXTS: dict[type, tuple[str, Any]] = {
    Choice: ("1", 1),
    WholeNumber: ("7", 7),
    Seconds: ("1.5", 1.5),
    Flag: ("true", True),
    TextLine: ("A line", "A line"),
    TrackChoice: ("eng", "eng"),
}
"""Of each kind a text and the value in it."""

each_option = pytest.mark.parametrize("option", OPTIONS, ids=lambda option: option.name)


def example(option: Option) -> tuple[str, Any]:
    """Give a text in which a form holds this option, and the value in it, which is not the default."""
    if isinstance(option.kind, Choice):
        return str(option.kind.values[0]), option.kind.values[0]
    return TEXTS[type(option.kind)]


def options_with(option: Option) -> AudioOptions:
    """Give options of which this one is given."""
    return AudioOptions(**{option.name: example(option)[1]})


@each_option
def test_it_is_read_from_a_form(option: Option) -> None:
    text, _ = example(option)

    assert read_options([(option.name, text)]) == options_with(option) != AudioOptions()


@each_option
def test_it_is_read_from_the_command_line(option: Option) -> None:
    read: list[AudioOptions] = []
    app = typer.Typer()

    @app.command()
    @option_parameters.with_option_parameters
    def convert(*, given: option_parameters.GivenOptions) -> None:
        read.append(option_parameters.read_options(given))

    text = [] if isinstance(option.kind, Flag) else [example(option)[0]]
    done = CliRunner().invoke(app, [option_parameters.flag(option.name), *text])

    assert done.exit_code == 0, done.output
    assert read == [options_with(option)]


@each_option
def test_it_is_described_in_the_openapi_document(option: Option) -> None:
    schema = OPTION_SCHEMAS[option.name]

    assert option.description in (schema.description or "")
    assert schema.type or schema.one_of


@each_option
def test_it_is_shown(option: Option) -> None:
    shown = OptionsResponse.of(options_with(option))

    assert getattr(shown, option.name) == example(option)[1]


@each_option
def test_it_is_kept_in_a_document(option: Option) -> None:
    conversion = a_conversion(options=options_with(option))

    assert document_to_conversion(conversion_to_document(conversion)) == conversion


@each_option
def test_it_is_kept_in_a_row(option: Option) -> None:
    conversion = a_conversion(options=options_with(option))
    row: Any = SimpleNamespace(**conversion_to_row(conversion))

    assert row_to_conversion(row) == conversion


def test_an_option_that_the_release_before_drops_is_kept_in_a_column_of_its_own() -> None:
    """That release writes into `options` only what it knows."""
    row = conversion_to_row(a_conversion(options=AudioOptions(bitrate=320, keep_delay=True)))
    row["options"] = {name: value for name, value in row["options"].items() if name != "keep_delay"}
    read: Any = SimpleNamespace(**row)

    assert row_to_conversion(read).options == AudioOptions(bitrate=320, keep_delay=True)
    assert "bitrate" not in row["further_options"]


@each_option
def test_it_reaches_the_engine(option: Option) -> None:
    plan = replace(a_plan(), options=options_with(option))
    job = Job(engines=("one:Engine",), video=None, size=1, folder="/nowhere", plan=plan)

    assert decode_job(encode_job(job)).plan.options == options_with(option)
