"""How losses add up, and how much may be lost."""

from collections.abc import Iterable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracklift_domain.extraction.damage import MOST_PLACES, Damage, check_damage, damage_of_part
from tracklift_domain.extraction.errors import ExtractionError
from tracklift_domain.extraction.failure import FailureCode


def a_damage(seconds: float) -> Damage:
    return Damage(seconds=seconds, at=(0.0,))


def total_damage(lost: Iterable[tuple[float, float]]) -> Damage | None:
    """Give the damage of an MP3 of all of the sound."""
    return damage_of_part(lost, start=0.0, made=1000.0, missing=None)


class TestTotal:
    def test_no_loss_is_no_damage(self) -> None:
        assert total_damage([]) is None

    def test_losses_are_added_up_and_their_places_kept_to_the_millisecond(self) -> None:
        assert total_damage([(1.23456, 0.1), (5.0, 0.25004)]) == Damage(seconds=0.35, at=(1.235, 5.0))

    def test_losses_that_touch_are_one(self) -> None:
        assert total_damage([(1.0, 0.5), (1.5, 0.5), (2.0005, 0.5), (3.0, 0.5)]) == Damage(
            seconds=2.0, at=(1.0, 3.0)
        )

    def test_losses_with_sound_between_them_are_several(self) -> None:
        damage = total_damage([(1.0, 0.5), (1.502, 0.5)])
        assert damage is not None
        assert damage.at == (1.0, 1.502)

    def test_of_many_losses_the_first_places_are_kept_and_all_seconds_count(self) -> None:
        damage = total_damage((float(second), 0.5) for second in range(MOST_PLACES + 50))
        assert damage is not None
        assert damage.at == tuple(float(second) for second in range(MOST_PLACES))
        assert damage.seconds == (MOST_PLACES + 50) / 2


class TestPart:
    def test_places_count_from_where_the_mp3_begins(self) -> None:
        damage = damage_of_part([(10.0, 1.0)], start=4.0, made=20.0, missing=None)
        assert damage == Damage(seconds=1.0, at=(6.0,))

    def test_only_what_is_lost_within_the_mp3_counts(self) -> None:
        lost = [(1.0, 1.0), (3.5, 1.0), (9.75, 1.0), (12.0, 1.0)]
        damage = damage_of_part(lost, start=4.0, made=6.0, missing=None)
        assert damage == Damage(seconds=0.75, at=(0.0, 5.75))

    @pytest.mark.parametrize("missing", [0.0, 1.5])
    def test_a_recording_that_broke_off_lacks_its_end(self, missing: float) -> None:
        damage = damage_of_part([(2.0, 0.5)], start=0.0, made=6.0, missing=missing)
        assert damage == Damage(seconds=0.5 + missing, at=(2.0, 6.0), cut_off=missing)
        assert damage.silent == 0.5

    def test_what_is_missing_at_the_end_is_kept_to_the_millisecond(self) -> None:
        damage = damage_of_part([(2.0, 0.1)], start=0.0, made=6.0, missing=1.23456)
        assert damage == Damage(seconds=1.335, at=(2.0, 6.0), cut_off=1.235)
        assert damage.silent == 0.1

    def test_what_was_lost_within_a_recording_that_did_not_break_off_is_all_silent(self) -> None:
        damage = damage_of_part([(2.0, 0.1)], start=0.0, made=6.0, missing=None)
        assert damage is not None
        assert damage.cut_off is None
        assert damage.silent == damage.seconds == 0.1


class TestRounding:
    @pytest.mark.parametrize("little", [1e-9, 0.0004, 0.0014])
    def test_however_little_is_lost_it_is_told(self, little: float) -> None:
        assert total_damage([(1.0, little)]) == Damage(seconds=0.001, at=(1.0,))

    @pytest.mark.parametrize("little", [1e-9, 0.0004, 0.0014])
    def test_however_little_is_cut_off_it_is_known_how_much(self, little: float) -> None:
        damage = damage_of_part([], start=0.0, made=6.0, missing=little)
        assert damage == Damage(seconds=0.001, at=(6.0,), cut_off=0.001)
        assert damage.silent == 0

    @given(st.floats(min_value=0, max_value=100), st.floats(min_value=0, max_value=10_000))
    def test_seconds_are_those_that_are_silent_and_those_that_are_cut_off(
        self, lost: float, missing: float
    ) -> None:
        damage = damage_of_part([(1.0, lost)], start=0.0, made=1000.0, missing=missing)
        assert damage is not None
        assert damage.cut_off is not None
        assert damage.seconds == pytest.approx(damage.silent + damage.cut_off, abs=1e-9)
        assert (damage.cut_off > 0) is (missing > 0)
        assert (damage.silent > 0) is (1.0 + lost > 1.0)


class TestLimit:
    def test_whole_sound_is_taken(self) -> None:
        check_damage(None, 0.1)

    def test_a_tenth_of_the_sound_may_be_lost(self) -> None:
        check_damage(a_damage(6.0), 60.0)

    @pytest.mark.parametrize(("seconds", "made"), [(6.001, 60.0), (60.0, 60.0), (1.0, 0.0)])
    def test_more_is_refused_with_how_much_it_is(self, seconds: float, made: float) -> None:
        with pytest.raises(ExtractionError) as refused:
            check_damage(a_damage(seconds), made)
        assert refused.value.failure.code is FailureCode.CORRUPT_MEDIA
        assert f"{seconds:.2f} of {made:.2f} seconds" in refused.value.failure.detail

    def test_the_end_of_a_recording_that_broke_off_may_be_of_any_length(self) -> None:
        check_damage(Damage(seconds=105.0, at=(1.0, 60.0), cut_off=100.0), 60.0)

    def test_of_a_recording_that_broke_off_the_silence_alone_is_told_as_lost(self) -> None:
        with pytest.raises(ExtractionError, match=r"7\.00 of 60\.00 seconds"):
            check_damage(Damage(seconds=107.0, at=(1.0, 60.0), cut_off=100.0), 60.0)
