from dataclasses import replace
from datetime import timedelta

import pytest

from tests.contracts.examples import NOW
from tests.unit.builders import (
    KEEP,
    LEASE,
    PASSING,
    an_audio,
    completed,
    converting,
    failed,
    queued,
)
from tracklift_domain.conversion.conversion import Conversion
from tracklift_domain.conversion.conversion_state import ConversionState
from tracklift_domain.conversion.events import (
    ConversionCompleted,
    ConversionFailed,
    ConversionRequested,
    outcome_of,
)
from tracklift_domain.extraction.damage import Damage


def test_a_request_names_its_conversion_and_nothing_else() -> None:
    conversion = queued()
    event = ConversionRequested.of(conversion)
    assert event.subject == event.conversion_id == conversion.id
    assert event.time == conversion.updated_at
    assert event.traceparent is None


def test_a_completion_carries_all_that_a_mail_needs() -> None:
    conversion = completed()
    event = ConversionCompleted.of(conversion)
    assert event.subject == conversion.id
    assert event.owner_id == conversion.owner.user_id
    assert event.email == "ada@example.org"
    assert (event.video_name, event.audio_name) == ("talk.mp4", "talk.mp3")
    assert (event.audio_size, event.audio_duration) == (4_321, 2.5)
    assert event.available_until == (NOW + KEEP).strftime("%Y-%m-%dT%H:%M:%SZ")


def test_a_completion_tells_how_much_of_the_sound_was_lost() -> None:
    conversion = completed()
    assert ConversionCompleted.of(conversion).audio_damage == 0.0
    assert ConversionCompleted.of(conversion).audio_cut_off is None
    damaged = replace(conversion, audio=an_audio(conversion, damage=Damage(seconds=0.35, at=(1.0, 2.0))))
    assert ConversionCompleted.of(damaged).audio_damage == 0.35
    assert ConversionCompleted.of(damaged).audio_cut_off is None


@pytest.mark.parametrize("cut_off", [0.0, 1.2])
def test_a_completion_tells_silence_and_a_missing_end_apart(cut_off: float) -> None:
    conversion = completed()
    damage = Damage(seconds=0.35 + cut_off, at=(1.0, 2.5), cut_off=cut_off)
    event = ConversionCompleted.of(replace(conversion, audio=an_audio(conversion, damage=damage)))
    assert (event.audio_damage, event.audio_cut_off) == (0.35, cut_off)


def test_a_failure_carries_all_that_a_mail_needs() -> None:
    conversion = failed()
    event = ConversionFailed.of(conversion)
    assert event.subject == conversion.id
    assert (event.owner_id, event.email) == (conversion.owner.user_id, "ada@example.org")
    assert (event.code, event.detail, event.video_name) == ("timed_out", PASSING.detail, "talk.mp4")


@pytest.mark.parametrize("event", [ConversionCompleted, ConversionFailed])
def test_what_did_not_happen_is_not_announced(event: type[ConversionCompleted | ConversionFailed]) -> None:
    with pytest.raises(ValueError, match="converting"):
        event.of(converting())


def test_a_revision_is_announced_under_one_id_however_often() -> None:
    conversion = queued()
    assert ConversionRequested.of(conversion).id == ConversionRequested.of(conversion).id


def test_each_outcome_has_an_id_of_its_own() -> None:
    """A retried conversion that fails again is news, and the same mail about it must not be taken for the first."""
    first = failed()
    again = (
        first.retry(NOW, attempts=1)
        .claim(NOW + timedelta(hours=1), holder="worker", lease_for=LEASE)
        .fail(NOW, attempt=2, failure=PASSING, keep_for=KEEP)
    )
    assert ConversionFailed.of(first).id != ConversionFailed.of(again).id


def test_types_and_sources_are_names_that_other_services_rely_on() -> None:
    assert ConversionRequested.type == "tracklift.conversion.requested.v1"
    assert ConversionCompleted.type == "tracklift.conversion.completed.v1"
    assert ConversionFailed.type == "tracklift.conversion.failed.v1"
    assert {event.source for event in (ConversionRequested, ConversionCompleted, ConversionFailed)} == {
        "/tracklift/conversions"
    }


@pytest.mark.parametrize("conversion", [completed(), failed()])
def test_an_outcome_is_announced_by_its_state(conversion: Conversion) -> None:
    kind = ConversionFailed if conversion.state is ConversionState.FAILED else ConversionCompleted
    assert outcome_of(conversion) == kind.of(conversion)
