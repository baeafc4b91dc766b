"""How losses add up, and how much may be lost."""

import pytest

from tracklift_domain.conversion.damage import MOST_PLACES, Damage, check_damage, total_damage
from tracklift_domain.conversion.errors import ExtractionError
from tracklift_domain.conversion.failure import FailureCode


def a_damage(seconds: float) -> Damage:
    return Damage(seconds=seconds, at=(0.0,))


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
