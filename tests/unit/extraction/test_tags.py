"""An MP3 says about itself what the video says and what its user says, who has the last word."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracklift_domain.extraction.audio_track import AudioTrack
from tracklift_domain.extraction.options import LONGEST_TAG, AudioOptions
from tracklift_domain.extraction.plan import plan_extraction
from tracklift_domain.extraction.tags import LONGEST_COMMENT, TAG_NAMES, CoverPicture, merge_tags
from tracklift_domain.extraction.video_traits import VideoTraits

TRACK = AudioTrack(codec=".mp3", sample_rate=44_100, channels=2, duration=60.0)
COVER = CoverPicture(media_type="image/png", position=100, size=5)


def carried(*texts: tuple[str, str]) -> dict[str, str]:
    return dict(merge_tags(texts, {}))


class TestPlans:
    def test_takes_over_tags_and_cover(self) -> None:
        traits = VideoTraits(audio_tracks=(TRACK,), tags=(("artist", "A"), ("title", "T")), cover=COVER)

        made = plan_extraction(traits, AudioOptions(), longest=60)

        assert (made.tags, made.cover) == ((("title", "T"), ("artist", "A")), COVER)

    def test_the_user_has_the_last_word_and_the_other_tags_stay(self) -> None:
        own = tuple((name, "own") for name in TAG_NAMES)

        made = plan_extraction(
            VideoTraits(audio_tracks=(TRACK,), tags=own, cover=COVER),
            AudioOptions(title="mine", artist="mine", album="mine"),
            longest=60,
        )

        assert [name for name, text in made.tags if text == "mine"] == ["title", "artist", "album"]
        assert [name for name, text in made.tags if text == "own"] == list(TAG_NAMES[3:])
        assert made.cover == COVER

    def test_tags_and_cover_change_nothing_in_the_sound(self) -> None:
        traits = VideoTraits(audio_tracks=(TRACK,), tags=(("title", "T"),), cover=COVER)

        assert plan_extraction(traits, AudioOptions(title="mine"), longest=60).unchanged


class TestMerging:
    def test_writes_in_one_order_whatever_the_order_of_the_file(self) -> None:
        forwards = [(name, "text") for name in TAG_NAMES]

        assert merge_tags(reversed(forwards), {}) == merge_tags(forwards, {}) == tuple(forwards)

    def test_leaves_out_names_that_are_not_known(self) -> None:
        assert carried(("location", "+52.5+013.4/"), ("encoder", "Lavf"), ("Title", "T")) == {}

    def test_takes_the_first_text_that_says_anything(self) -> None:
        assert carried(("title", " \0 "), ("title", "one"), ("title", "two")) == {"title": "one"}

    def test_adds_what_only_the_user_says(self) -> None:
        assert merge_tags([("genre", "Jazz")], {"title": "mine", "artist": None}) == (
            ("title", "mine"),
            ("genre", "Jazz"),
        )


class TestTexts:
    @pytest.mark.parametrize("breaking", ["\0", "\n", "\r\n", "\r", "\t", "\x1b", "\x85", "\u2028", "\ud800"])
    def test_become_one_line(self, breaking: str) -> None:
        assert carried(("title", f"{breaking}one{breaking}two{breaking}")) == {"title": "one two"}

    def test_keep_letters_of_all_scripts(self) -> None:
        text = "Grüße 🏳️\u200d🌈 क\u094d\u200dष 東京\u3000駅"

        assert carried(("title", text)) == {"title": text}

    def test_may_have_several_lines_in_a_comment(self) -> None:
        assert carried(("comment", "one\r\ntwo\rthree\n\tfour\0")) == {"comment": "one\ntwo\nthree\n four"}

    @pytest.mark.parametrize(("name", "longest"), [("title", LONGEST_TAG), ("comment", LONGEST_COMMENT)])
    def test_are_cut_where_they_are_too_long(self, name: str, longest: int) -> None:
        assert carried((name, "я" * (longest + 1))) == {name: "я" * longest}
        assert carried((name, "я" * (longest - 1) + " я")) == {name: "я" * (longest - 1)}

    @given(st.text() | st.text(st.characters(codec=None)))
    def test_satisfy_whatever_they_are_like(self, text: str) -> None:
        for cleaned in carried(("title", text)).values():
            assert cleaned == cleaned.strip()
            assert 0 < len(cleaned) <= LONGEST_TAG
            assert cleaned.encode()
            assert len(cleaned.splitlines()) == 1
