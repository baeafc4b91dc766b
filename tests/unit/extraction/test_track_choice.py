"""Which tracks an MP3 may be made from, and which of them is tried first."""

from typing import Any

import pytest

from tracklift_domain.extraction.audio_track import AudioTrack
from tracklift_domain.extraction.errors import ExtractionError
from tracklift_domain.extraction.failure import Failure, FailureCode
from tracklift_domain.extraction.track_choice import candidates

PROBLEM = Failure(FailureCode.UNSUPPORTED_CODEC, "The sound is encrypted: upload a video without protection.")


def a_track(language: str | None = None, **fields: Any) -> AudioTrack:
    values = {"codec": "mp4a", "sample_rate": 44_100, "channels": 2, "duration": 60.0, "language": language}
    return AudioTrack(**{**values, **fields})


def refusal(*tracks: AudioTrack, choice: int | str | None) -> Failure:
    with pytest.raises(ExtractionError) as refused:
        candidates(tracks, choice)
    return refused.value.failure


PLAIN = a_track()
DISABLED = a_track(is_enabled=False)
EMPTY = a_track(has_samples=False)
BROKEN = a_track(problem=PROBLEM)
DATA = a_track("eng", is_declared_sound=False)


class TestOurChoice:
    @pytest.mark.parametrize(
        ("tracks", "order"),
        [
            ([PLAIN], [0]),
            ([PLAIN, PLAIN], [0, 1]),
            ([DISABLED, PLAIN], [1, 0]),
            ([EMPTY, PLAIN], [1, 0]),
            ([EMPTY, DISABLED, PLAIN], [2, 1, 0]),
            ([BROKEN, PLAIN], [1]),
            ([BROKEN, DISABLED, EMPTY], [1, 2]),
            ([DISABLED, DISABLED], [0, 1]),
            ([DATA, PLAIN], [1]),
            ([DATA, DISABLED, DATA], [1]),
            ([DATA, DATA], [0, 1]),
        ],
    )
    def test_what_players_play_comes_first_and_what_can_not_be_decoded_not_at_all(
        self, tracks: list[AudioTrack], order: list[int]
    ) -> None:
        assert candidates(tracks, None) == order

    @pytest.mark.parametrize("other", [EMPTY, BROKEN])
    def test_a_disabled_track_counts_as_others_where_no_enabled_one_has_sound(
        self, other: AudioTrack
    ) -> None:
        assert candidates([DISABLED, other], None)[0] == 0

    @pytest.mark.parametrize("other", [EMPTY, BROKEN])
    def test_what_only_looks_like_sound_is_no_substitute_for_sound(self, other: AudioTrack) -> None:
        assert refusal(DATA, other, choice=None) == refusal(other, choice=None)

    def test_a_video_without_sound_is_refused(self) -> None:
        assert refusal(choice=None).code is FailureCode.NO_AUDIO_TRACK

    def test_a_damaged_track_is_not_replaced_by_another_one(self) -> None:
        """Which may be in another language: nobody asked for that."""
        problem = Failure(FailureCode.CORRUPT_MEDIA, "Bytes of it are missing: upload it again.")

        assert refusal(a_track(problem=problem), PLAIN, choice=None) == problem

    @pytest.mark.parametrize("choice", [None, 1])
    def test_a_track_without_samples_is_no_sound(self, choice: int | None) -> None:
        assert refusal(EMPTY, choice=choice).code is FailureCode.NO_AUDIO_TRACK

    def test_where_every_track_has_a_problem_the_first_one_is_told(self) -> None:
        assert refusal(BROKEN, a_track(problem=PROBLEM), choice=None) == PROBLEM


class TestChoiceByNumber:
    def test_a_number_is_the_only_candidate_whatever_is_better(self) -> None:
        assert candidates([DISABLED, PLAIN], 1) == [0]
        assert candidates([PLAIN, DISABLED], 2) == [1]

    def test_a_number_beyond_the_last_track_is_refused(self) -> None:
        failure = refusal(PLAIN, PLAIN, choice=3)
        assert failure.code is FailureCode.NO_AUDIO_TRACK
        assert "no audio track 3: the video has 2" in failure.detail

    def test_a_chosen_track_with_a_problem_is_refused_with_it(self) -> None:
        assert refusal(PLAIN, BROKEN, choice=2) == PROBLEM


class TestChoiceByLanguage:
    def test_every_track_of_the_language_is_a_candidate_the_best_first(self) -> None:
        tracks = [a_track("deu"), a_track("eng", is_enabled=False), a_track("en-GB"), a_track()]
        assert candidates(tracks, "en") == [2, 1]

    def test_a_region_that_is_there_excludes_the_others(self) -> None:
        assert candidates([a_track("por"), a_track("pt-br")], "pt-BR") == [1]

    def test_a_language_that_no_track_has_is_refused_with_those_that_are_there(self) -> None:
        failure = refusal(a_track("eng"), a_track("deu"), a_track("eng"), a_track(), choice="fr")
        assert failure.code is FailureCode.NO_AUDIO_TRACK
        assert "language 'fr': the video names deu, eng." in failure.detail

    def test_the_language_of_what_only_looks_like_sound_does_not_count(self) -> None:
        assert candidates([DATA, a_track("eng")], "en") == [1]
        assert refusal(DATA, a_track("ger"), choice="en").code is FailureCode.NO_AUDIO_TRACK

    def test_a_language_is_refused_where_the_video_names_none(self) -> None:
        assert "the video names no language." in refusal(PLAIN, choice="eng").detail

    def test_the_only_track_of_the_language_is_refused_with_its_problem(self) -> None:
        assert refusal(a_track("eng"), a_track("deu", problem=PROBLEM), choice="de") == PROBLEM
