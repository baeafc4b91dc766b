"""A tag is written so that every player can read it, whatever the texts are."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.media.mp3 import id3_tag, tag_length
from tracklift_adapters.lame.mp3.id3 import MAX_CHARACTERS, MAX_PICTURE_BYTES, Picture

JPEG = Picture("image/jpeg", b"\xff\xd8\xff\xe0 and so on")


def frames(tag: bytes) -> dict[str, bytes]:
    """Parse a tag by the standard (ID3v2.3.0, 3.1 and 3.3)."""
    assert tag[:6] == b"ID3\x03\0\0"
    assert all(byte < 128 for byte in tag[6:10])
    assert tag_length(tag) == len(tag)
    found, position = {}, 10
    while position < len(tag):
        name, size = tag[position : position + 4].decode(), int.from_bytes(tag[position + 4 : position + 8])
        assert tag[position + 8 : position + 10] == b"\0\0"
        assert name not in found
        found[name] = tag[position + 10 : position + 10 + size]
        assert len(found[name]) == size > 0
        position += 10 + size
    return found


def text(content: bytes) -> str:
    if content[0] == 0:
        return content[1:].decode("latin-1")
    assert content[:3] == b"\x01\xff\xfe"
    return content[3:].decode("utf-16-le")


def test_writes_each_known_name_into_its_frame() -> None:
    values = {
        "title": "A title",
        "artist": "An artist",
        "album": "An album",
        "album_artist": "Several",
        "composer": "Somebody",
        "genre": "Jazz",
        "date": "2024-05-17T10:00:00Z",
        "track": "3/12",
        "copyright": "2024 Somebody",
        "encoder": "Something",
    }

    found = frames(id3_tag(values.items()))

    assert {name: text(content) for name, content in found.items()} == {
        "TIT2": "A title",
        "TPE1": "An artist",
        "TALB": "An album",
        "TPE2": "Several",
        "TCOM": "Somebody",
        "TCON": "Jazz",
        "TYER": "2024",
        "TRCK": "3/12",
        "TCOP": "2024 Somebody",
        "TSSE": "Something",
    }


def test_is_empty_without_content() -> None:
    assert id3_tag([]) == b""
    assert id3_tag([("major_brand", "isom"), ("title", ""), ("artist", " \0 ")]) == b""


def test_uses_the_first_of_several_texts_with_one_name() -> None:
    found = frames(id3_tag([("TITLE", "first"), ("title", "second"), ("year", "1999"), ("date", "2001")]))

    assert text(found["TIT2"]) == "first"
    assert text(found["TYER"]) == "1999"


def test_uses_the_next_one_if_the_first_is_empty() -> None:
    assert text(frames(id3_tag([("title", ""), ("title", "second")]))["TIT2"]) == "second"


@pytest.mark.parametrize("value", ["yesterday", "17.5.2024", "202", "20245", "202405171"])
def test_ignores_a_date_that_does_not_begin_with_a_year(value: str) -> None:
    assert id3_tag([("date", value)]) == b""


@pytest.mark.parametrize("value", ["2024", "20240517", "2024-05", "2024/05/17"])
def test_finds_the_year_of_a_date(value: str) -> None:
    assert text(frames(id3_tag([("date", value)]))["TYER"]) == "2024"


def test_writes_latin_letters_in_one_byte_each() -> None:
    assert frames(id3_tag([("title", "Für Élise")]))["TIT2"] == b"\0F\xfcr \xc9lise"


def test_writes_all_other_letters_in_utf_16() -> None:
    title = "Песня 🎵"

    content = frames(id3_tag([("title", title)]))["TIT2"]

    assert content == b"\x01\xff\xfe" + title.encode("utf-16-le")


def test_writes_a_comment_with_its_lines() -> None:
    found = frames(id3_tag([("comment", "one\r\ntwo\rthree\tfour")]))

    assert found["COMM"] == b"\0XXX\0one\ntwo\nthree four"


def test_writes_a_comment_in_utf_16() -> None:
    found = frames(id3_tag([("comment", "два")]))

    assert found["COMM"] == b"\x01XXX\xff\xfe\0\0\xff\xfe" + "два".encode("utf-16-le")


@pytest.mark.parametrize("value", ["one\0two", "one\ntwo", "one\x1btwo", "one\x85two", "one\ud800two"])
def test_writes_a_space_for_each_control_character(value: str) -> None:
    assert text(frames(id3_tag([("title", value)]))["TIT2"]) == "one two"


def test_truncates_long_texts() -> None:
    found = frames(id3_tag([("title", "я" * (MAX_CHARACTERS + 1)), ("artist", "a" * 10**6)]))

    assert len(text(found["TIT2"])) == len(text(found["TPE1"])) == MAX_CHARACTERS


def test_writes_a_front_cover() -> None:
    found = frames(id3_tag([], JPEG))

    assert found["APIC"] == b"\0image/jpeg\0\x03\0" + JPEG.data


@pytest.mark.parametrize(
    "picture",
    [
        Picture("image/gif", b"GIF89a"),
        Picture("image/png", b""),
        Picture("image/png", bytes(MAX_PICTURE_BYTES + 1)),
    ],
    ids=["unknown", "empty", "large"],
)
def test_ignores_a_picture_that_players_may_not_show(picture: Picture) -> None:
    assert id3_tag([], picture) == b""


def test_writes_a_large_cover_whole() -> None:
    picture = Picture("image/png", bytes(MAX_PICTURE_BYTES))

    assert len(frames(id3_tag([("title", "A title")], picture))["APIC"]) == MAX_PICTURE_BYTES + 13


names = st.sampled_from(["title", "artist", "comment", "date", "TRACK", "encoder", "other"]) | st.text()
texts = st.text() | st.text(st.characters(codec=None))


@given(st.lists(st.tuples(names, texts)), st.binary(max_size=20))
def test_is_valid_whatever_the_texts_are(values: list[tuple[str, str]], data: bytes) -> None:
    tag = id3_tag(values, Picture("image/png", data))

    for name, content in frames(tag).items() if tag else ():
        if name.startswith("T"):
            assert text(content).isprintable() or not text(content).isascii()
            assert "\0" not in text(content)
