"""What is made of a video, and when its audio counts as whole."""

from typing import Any

import pytest

from tracklift_domain.extraction.audio_track import AudioTrack
from tracklift_domain.extraction.chapters import Chapter
from tracklift_domain.extraction.errors import ExtractionError
from tracklift_domain.extraction.failure import FailureCode
from tracklift_domain.extraction.options import AudioOptions
from tracklift_domain.extraction.plan import MP3_CODEC, ExtractionPlan, plan_extraction
from tracklift_domain.extraction.video_traits import VideoTraits
from tracklift_domain.media.byte_ranges import ByteRanges

HOUR = 3600.0


def a_track(**fields: Any) -> AudioTrack:
    return AudioTrack(**{"codec": "mp4a", "sample_rate": 44_100, "channels": 2, "duration": 60.0, **fields})


def plan(*tracks: AudioTrack, longest: float = HOUR, **options: Any) -> ExtractionPlan:
    return plan_extraction(
        VideoTraits(audio_tracks=tracks or (a_track(),)), AudioOptions(**options), longest=longest
    )


class TestPlanning:
    def test_without_options_the_first_track_is_made_an_mp3_as_it_is(self) -> None:
        first, second = a_track(), a_track(channels=1)
        made = plan(first, second)
        assert (made.track, made.track_traits) == (0, first)
        assert (made.start, made.end, made.longest, made.normalize, made.tags) == (
            0.0,
            None,
            HOUR,
            False,
            (),
        )
        assert (made.encoding.sample_rate, made.encoding.channels) == (44_100, 2)
        assert (made.encoding.bitrate, made.encoding.quality) == (192, None)

    def test_options_choose_track_part_loudness_and_tags(self) -> None:
        made = plan(
            a_track(), a_track(channels=1), track=2, start=1, end=9, normalize=True, title="T", album="A"
        )
        assert (made.track, made.track_traits.channels) == (1, 1)
        assert (made.start, made.end, made.normalize) == (1, 9, True)
        assert made.tags == (("title", "T"), ("album", "A"))

    def test_the_mp3_of_a_part_has_the_chapters_of_that_part(self) -> None:
        traits = VideoTraits(
            audio_tracks=(a_track(),),
            chapters=(Chapter(0.0, "Welcome"), Chapter(30.0, "Plans"), Chapter(50.0, "Questions")),
        )
        made = plan_extraction(traits, AudioOptions(start=10.0, end=50.0), longest=HOUR)
        assert made.chapters == (Chapter(0.0, "Welcome"), Chapter(20.0, "Plans"))

    def test_a_video_without_sound_is_refused(self) -> None:
        with pytest.raises(ExtractionError) as refused:
            plan_extraction(VideoTraits(audio_tracks=()), AudioOptions(), longest=HOUR)
        assert refused.value.failure.code is FailureCode.NO_AUDIO_TRACK

    def test_a_track_that_is_not_there_is_refused_with_how_many_there_are(self) -> None:
        with pytest.raises(ExtractionError) as refused:
            plan(a_track(), a_track(), track=3)
        assert refused.value.failure.code is FailureCode.NO_AUDIO_TRACK
        assert "has 2" in refused.value.failure.detail

    def test_audio_of_exactly_the_longest_duration_is_taken(self) -> None:
        assert plan(a_track(duration=HOUR)).expected_duration == HOUR

    def test_longer_audio_is_refused_with_the_limit(self) -> None:
        with pytest.raises(ExtractionError) as refused:
            plan(a_track(duration=HOUR + 0.01))
        assert refused.value.failure.code is FailureCode.TOO_LONG
        assert "60 minutes" in refused.value.failure.detail

    def test_an_undeclared_duration_is_left_to_the_extraction(self) -> None:
        made = plan(a_track(duration=None), start=500.0, longest=60)
        assert made.expected_duration is None
        assert made.longest == 60


class TestCandidates:
    def test_a_single_track_is_the_only_candidate(self) -> None:
        made = plan(a_track())
        assert list(made.candidates) == [made]

    def test_each_further_candidate_has_its_own_track_and_encoding(self) -> None:
        other = a_track(sample_rate=8_000, channels=1)
        made = plan(a_track(is_enabled=False), other, a_track(), normalize=True)
        first, second, third = made.candidates
        assert first is made
        assert [each.track for each in (first, second, third)] == [1, 2, 0]
        assert (first.track_traits, first.encoding.sample_rate, first.encoding.bitrate) == (other, 8_000, 64)
        assert (second.encoding.sample_rate, second.encoding.channels) == (44_100, 2)
        assert third.alternatives == ()
        assert third.normalize

    def test_only_the_best_candidate_tells_where_its_sound_lies(self) -> None:
        ranges = ByteRanges.joined([(1, 5)], gap=0)
        made = plan(*[a_track(byte_ranges=ranges)] * 3)
        assert [each.track_traits.byte_ranges for each in made.candidates] == [ranges, None, None]

    def test_a_track_that_was_chosen_by_number_has_no_alternatives(self) -> None:
        assert [each.track for each in plan(a_track(), a_track(), track=2).candidates] == [1]


class TestEncoding:
    def test_sound_that_has_another_form_than_declared_is_encoded_as_it_is(self) -> None:
        made = plan(a_track()).with_form(96_000, 1)
        assert (made.encoding.sample_rate, made.encoding.channels) == (48_000, 1)
        assert made.track_traits == a_track()

    def test_a_form_that_was_asked_for_counts_whatever_the_sound_has(self) -> None:
        made = plan(a_track(), sample_rate=22_050, channels=2, bitrate=160).with_form(96_000, 1)
        assert (made.encoding.sample_rate, made.encoding.channels, made.encoding.bitrate) == (22_050, 2, 160)

    @pytest.mark.parametrize(
        ("source", "mp3"),
        [
            (44_100, 44_100),
            (7_350, 8_000),
            (8_001, 11_025),
            (48_000, 48_000),
            (48_001, 48_000),
            (96_000, 48_000),
        ],
    )
    def test_a_sample_rate_that_mp3_lacks_becomes_the_next_higher_one(self, source: int, mp3: int) -> None:
        assert plan(a_track(sample_rate=source)).encoding.sample_rate == mp3

    def test_a_sample_rate_that_was_asked_for_counts(self) -> None:
        assert plan(sample_rate=22_050).encoding.sample_rate == 22_050

    @pytest.mark.parametrize(("source", "mp3"), [(0, 1), (1, 1), (2, 2), (6, 2), (8, 2)])
    def test_the_mp3_has_as_many_channels_as_the_source_but_at_most_two(self, source: int, mp3: int) -> None:
        assert plan(a_track(channels=source)).encoding.channels == mp3

    def test_channels_that_were_asked_for_count(self) -> None:
        assert plan(a_track(channels=1), channels=2).encoding.channels == 2

    @pytest.mark.parametrize(
        ("rate", "asked", "made"),
        [
            (8_000, None, 64),
            (8_000, 320, 64),
            (22_050, None, 160),
            (22_050, 320, 160),
            (44_100, 320, 320),
            (44_100, 64, 64),
        ],
    )
    def test_a_source_of_a_low_sample_rate_gets_no_bit_rate_that_mp3_lacks(
        self, rate: int, asked: int | None, made: int
    ) -> None:
        assert plan(a_track(sample_rate=rate), bitrate=asked).encoding.bitrate == made

    @pytest.mark.parametrize("quality", [0, 9])
    def test_a_quality_takes_the_place_of_the_bit_rate(self, quality: int) -> None:
        encoding = plan(quality=quality).encoding
        assert (encoding.quality, encoding.bitrate) == (quality, None)


class TestDuration:
    @pytest.mark.parametrize(
        ("fields", "expected"),
        [
            ({}, 60.0),
            ({"start": 50.0}, 10.0),
            ({"end": 20.0}, 20.0),
            ({"start": 5.0, "end": 20.0}, 15.0),
            ({"start": 5.0, "end": 500.0}, 55.0),
        ],
    )
    def test_as_much_is_expected_as_the_file_declares_of_the_part(
        self, fields: dict[str, Any], expected: float
    ) -> None:
        assert plan(**fields).expected_duration == expected

    def test_of_an_undeclared_duration_the_end_of_the_part_is_expected(self) -> None:
        assert plan(a_track(duration=None), start=2.0, end=5.0).expected_duration == 3.0

    @pytest.mark.parametrize(
        ("duration", "fields", "whole"),
        [
            (60.0, {}, 8.0),
            (60.0, {"start": 10.0, "end": 20.0}, 60.0),
            (None, {}, 8.0),
            (None, {"start": 2.0}, 10.0),
            (None, {"start": 2.0, "end": 10.0}, None),
        ],
    )
    def test_a_cut_out_part_is_not_taken_for_the_length_of_the_source(
        self, duration: float | None, fields: dict[str, Any], whole: float | None
    ) -> None:
        assert plan(a_track(duration=duration), **fields).source_duration(8.0) == whole


class TestDelay:
    @pytest.mark.parametrize(("delay", "silence"), [(1.5, 1.5), (0.0, 0.0), (-1.0, 0.0)])
    def test_sound_that_begins_late_has_silence_before_it_if_that_was_asked_for(
        self, delay: float, silence: float
    ) -> None:
        made = plan(a_track(delay=delay), keep_delay=True)
        assert made.leading_silence == silence
        assert made.expected_duration == 60.0 + silence

    def test_else_the_mp3_begins_with_the_sound(self) -> None:
        made = plan(a_track(delay=1.5))
        assert (made.leading_silence, made.expected_duration) == (0.0, 60.0)


class TestTakingOver:
    def test_an_mp3_track_of_which_nothing_is_asked_is_taken_over(self) -> None:
        assert plan(a_track(codec=MP3_CODEC)).unchanged
        assert plan(a_track(codec=MP3_CODEC), title="Another title").unchanged

    def test_a_track_of_another_codec_is_not(self) -> None:
        assert not plan(a_track()).unchanged

    @pytest.mark.parametrize(
        "options",
        [
            {"bitrate": 192},
            {"quality": 2},
            {"channels": 2},
            {"sample_rate": 44_100},
            {"start": 1.0},
            {"end": 9.0},
            {"normalize": True},
            {"keep_delay": True},
        ],
    )
    def test_an_option_about_the_sound_keeps_it_from_being_taken_over(self, options: dict[str, Any]) -> None:
        """Even if the source has it already: what is requested is what is made."""
        assert not plan(a_track(codec=MP3_CODEC), **options).unchanged
