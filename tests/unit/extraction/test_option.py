"""What is told of an option, and which values it takes."""

import pytest

from tracklift_domain.extraction.errors import InvalidOptionError
from tracklift_domain.extraction.option import Option
from tracklift_domain.extraction.options import OPTIONS

BY_NAME = {option.name: option for option in OPTIONS}
PUBLISHED = {
    "bitrate",
    "quality",
    "channels",
    "sample_rate",
    "start",
    "end",
    "track",
    "keep_delay",
    "normalize",
    "title",
    "artist",
    "album",
}

each_option = pytest.mark.parametrize("option", OPTIONS, ids=lambda option: option.name)


def test_no_published_option_is_gone() -> None:
    """Programs of users name them."""
    assert BY_NAME.keys() >= PUBLISHED


@pytest.mark.parametrize(
    ("name", "description"),
    [
        ("bitrate", "Constant bit rate, in kbit/s: 64, 96, 128, 160, 192, 224, 256 or 320"),
        ("channels", "Mono or stereo: 1 or 2"),
        ("end", "Where the MP3 ends, exact to the sample, in seconds: 0 to 604800"),
        (
            "track",
            (
                "Audio track, by number or by language (ISO 639 or BCP 47): "
                "1 to 100, or a language such as `eng` or `pt-BR`"
            ),
        ),
        ("normalize", "Bring the loudness to −16 LUFS, with peaks below −1 dBTP (EBU R 128)"),
        ("title", "Title in the MP3's tags: at most 250 characters"),
    ],
)
def test_an_option_is_described_with_its_unit_and_its_bounds(name: str, description: str) -> None:
    assert BY_NAME[name].description == description


@pytest.mark.parametrize(
    ("name", "text"),
    [("bitrate", "192"), ("quality", ""), ("channels", "as in the video, at most 2"), ("normalize", "no")],
)
def test_what_holds_without_an_option_is_told_as_text(name: str, text: str) -> None:
    assert BY_NAME[name].default_text == text


@each_option
def test_every_option_says_what_it_means_in_a_phrase(option: Option) -> None:
    assert option.meaning[0].isupper()
    assert not option.description.endswith(".")


@each_option
def test_every_default_is_within_the_bounds(option: Option) -> None:
    option.check(option.default)


def test_a_value_out_of_bounds_is_refused_by_the_name_of_its_option() -> None:
    with pytest.raises(InvalidOptionError, match=r"^quality: is from 0 to 9\.$") as refused:
        BY_NAME["quality"].check(10)

    assert refused.value.field == "quality"
