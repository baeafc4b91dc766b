import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracklift_domain.conversion.errors import InvalidNameError
from tracklift_domain.conversion.file_name import (
    FALLBACK_NAME,
    LONGEST_NAME,
    audio_file_name,
    clean_file_name,
    new_video_name,
)


@pytest.mark.parametrize(
    ("raw", "clean"),
    [
        ("talk.mp4", "talk.mp4"),
        ("../../etc/passwd", "passwd"),
        ("..\\..\\windows\\system.ini", "system.ini"),
        ("C:\\videos\\my talk.mp4", "my talk.mp4"),
        ("/home/ada/a\\b.mp4", "b.mp4"),
        ("folder/", FALLBACK_NAME),
        (None, FALLBACK_NAME),
        ("", FALLBACK_NAME),
        ("   ", FALLBACK_NAME),
        (".", FALLBACK_NAME),
        ("..", FALLBACK_NAME),
        ("......", FALLBACK_NAME),
        (". . .", FALLBACK_NAME),
        ("\u200d\u200c", FALLBACK_NAME),
        ("\0\r\n\t\x7f", FALLBACK_NAME),
        (".mp4", "mp4"),
        ("...hidden.mp4", "hidden.mp4"),
        ("talk.mp4...", "talk.mp4"),
        ('he said "no".mp4', 'he said "no".mp4'),
        ("a'; rm -rf *.mp4", "a'; rm -rf *.mp4"),
        ("one\r\nSet-Cookie: x=1\r\n\r\n.mp4", "one Set-Cookie: x=1 .mp4"),
        ("nul\0byte.mp4", "nul byte.mp4"),
        ("a \t  b\u00a0c\u2003d.mp4", "a b c d.mp4"),
        ("harmless\u202e4pm.exe", "harmless 4pm.exe"),
        ("zero\u200bwidth\ufeff.mp4", "zero width .mp4"),
        ("half\ud83dcharacter.mp4", "half character.mp4"),
        ("private\ue000use.mp4", "private use.mp4"),
        ("Łódź naïve über.mp4", "Łódź naïve über.mp4"),
        ("u\u0308ber.mp4", "über.mp4"),
        ("講演 🎤.mp4", "講演 🎤.mp4"),
        ("👨\u200d👩\u200d👧 at home.mp4", "👨\u200d👩\u200d👧 at home.mp4"),
        ("می\u200cشود.mp4", "می\u200cشود.mp4"),
    ],
)
def test_a_name_is_made_fit_to_be_shown_and_saved(raw: str | None, clean: str) -> None:
    assert clean_file_name(raw) == clean


@pytest.mark.parametrize("letter", ["a", "ü", "講", "🎤"])
def test_a_long_name_is_cut_so_that_file_systems_take_it_and_its_ending_stays(letter: str) -> None:
    name = clean_file_name(letter * 300 + ".mp4")
    assert name.endswith(letter + ".mp4")
    assert LONGEST_NAME - 4 < len(name.encode()) <= LONGEST_NAME
    assert set(name.removesuffix(".mp4")) == {letter}, "no character is cut in the middle"


def test_a_long_ending_is_no_ending() -> None:
    name = clean_file_name("a." + "b" * 300)
    assert name == "a." + "b" * (LONGEST_NAME - 2)


def test_a_name_of_dots_and_a_long_rest_is_no_name_of_dots() -> None:
    assert clean_file_name("." * 300 + "x" * 20) == "x" * 20


def test_no_white_space_is_left_where_a_name_was_cut() -> None:
    assert clean_file_name("a" * (LONGEST_NAME - 5) + " " + "b" * 50 + ".mp4") == "a" * 195 + ".mp4"


@pytest.mark.parametrize(
    ("video", "audio"),
    [
        ("talk.mp4", "talk.mp3"),
        ("talk.part.1.mov", "talk.part.1.mp3"),
        ("talk", "talk.mp3"),
        ("Mr. Smith goes to town", "Mr. Smith goes to town.mp3"),
        ("Vol. 2 live", "Vol. 2 live.mp3"),
        (".mp4", ".mp4.mp3"),
        (FALLBACK_NAME, "video.mp3"),
    ],
)
def test_the_mp3_has_the_name_of_the_video_with_another_ending(video: str, audio: str) -> None:
    assert audio_file_name(video) == audio


@given(st.text(st.characters(), max_size=600) | st.text("./\\ \0\n\u202e\u200d🎤a", max_size=40))
def test_any_text_at_all_gives_a_name_that_is_safe_and_stays_as_it_is(raw: str) -> None:
    name = clean_file_name(raw)
    assert 0 < len(name.encode()) <= LONGEST_NAME
    assert not set("/\\\0\r\n") & set(name)
    assert not name.startswith((".", " "))
    assert all(character.isprintable() or character in "\u200c\u200d" for character in name)
    assert clean_file_name(name) == name
    assert clean_file_name(unicodedata.normalize("NFD", name)) == name
    assert audio_file_name(name).endswith(".mp3")
    assert len(audio_file_name(name).encode()) <= 255


@pytest.mark.parametrize(
    ("wanted", "video_name", "name"),
    [
        ("Ada on engines", "talk.mp4", "Ada on engines.mp4"),
        ("Ada on engines.mp3", "talk.mp4", "Ada on engines.mp4"),
        ("Ada on engines.MP4", "talk.mp4", "Ada on engines.mp4"),
        ("talk.mov", "clip.MOV", "talk.MOV"),
        ("Version 1.2", "talk.mp4", "Version 1.2.mp4"),
        ("Version 1.2", "talk", "Version 1.2.mp4"),
        ("  two   words. ", "talk.mp4", "two words.mp4"),
        ("...hidden", "talk.mp4", "hidden.mp4"),
        ("mp3", "talk.mp4", "mp3.mp4"),
        (".mp3", "talk.mp4", "mp3.mp4"),
        ("講演 🎤", "talk.mp4", "講演 🎤.mp4"),
        ("محاضرة", "talk.mp4", "محاضرة.mp4"),
        ("👩‍💻 می‌خواهم", "talk.mp4", "👩‍💻 می‌خواهم.mp4"),
        ("🏴󠁧󠁢󠁳󠁣󠁴󠁿", "talk.mp4", "🏴󠁧󠁢󠁳󠁣󠁴󠁿.mp4"),
        ("\U0001faf9\U0001fae9", "talk.mp4", "\U0001faf9\U0001fae9.mp4"),
        ("Cafe\u0301", "talk.mp4", "Café.mp4"),
        ("a" * (LONGEST_NAME - 4), "talk.mp4", "a" * (LONGEST_NAME - 4) + ".mp4"),
    ],
)
def test_a_renamed_video_keeps_its_ending(wanted: str, video_name: str, name: str) -> None:
    """Whatever script it is written in, and however young its emoji are."""
    assert new_video_name(wanted, video_name) == name


@pytest.mark.parametrize(
    ("wanted", "reason"),
    [
        ("", "is empty"),
        (" . ", "is empty"),
        ("\u200b\ufeff", "is empty"),
        ("\u200d", "is empty"),
        ("one\ntwo", "control characters"),
        ("tab\there", "control characters"),
        ("nul\0", "control characters"),
        ("\x7f", "control characters"),
        ("\x85", "control characters"),
        ("line\u2028end", "control characters"),
        ("half\ud83d", "control characters"),
        ("gpj\u202eexe", "control characters"),
        ("\u2066isolated\u2069", "control characters"),
        ("AC/DC", "can't contain /"),
        ("C:\\talk", "can't contain /"),
        ("a" * (LONGEST_NAME - 3), "is too long"),
        ("🎤" * 50, "is too long"),
    ],
)
def test_a_name_that_would_not_do_is_refused_with_the_reason(wanted: str, reason: str) -> None:
    with pytest.raises(InvalidNameError, match=reason) as refused:
        new_video_name(wanted, "talk.mp4")

    assert refused.value.field == "name"


@given(st.text(max_size=300), st.sampled_from(["talk.mp4", "talk", "a.b.mov", "x.m4a"]))
def test_each_name_that_is_taken_can_be_downloaded(wanted: str, video_name: str) -> None:
    """It is the same after the cleaning of names, and the MP3 is called so too."""
    try:
        name = new_video_name(wanted, video_name)
    except InvalidNameError:
        return
    assert len(name.encode()) <= LONGEST_NAME
    assert audio_file_name(name).encode()
    assert new_video_name(audio_file_name(name), video_name) == name
