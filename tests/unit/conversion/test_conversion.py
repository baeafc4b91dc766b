"""The life of a conversion: every transition from every state."""

from collections.abc import Callable
from dataclasses import FrozenInstanceError, replace
from datetime import timedelta

import pytest

from tests.contracts.examples import NOW, SECOND
from tests.unit.builders import (
    FINAL,
    IN_STATE,
    KEEP,
    LEASE,
    PASSING,
    an_audio,
    completed,
    converting,
    failed,
    queued,
    uploading,
)
from tracklift_domain.conversion.conversion import Conversion
from tracklift_domain.conversion.conversion_state import ConversionState
from tracklift_domain.conversion.errors import (
    AttemptsExhaustedError,
    ClaimLostError,
    InvalidTransitionError,
    LeaseHeldError,
    NotRetryableError,
)
from tracklift_domain.conversion.events import outcome_of
from tracklift_domain.conversion.lease import Lease
from tracklift_domain.extraction.chapters import Chapter
from tracklift_domain.extraction.damage import Damage
from tracklift_domain.extraction.options import AudioOptions
from tracklift_domain.extraction.source_track import SourceTrack
from tracklift_domain.identifiers import MediaId

LATER = NOW + 2 * LEASE

State = ConversionState
Transition = Callable[[Conversion], Conversion]

TRANSITIONS: dict[str, Transition] = {
    "keep_uploading": lambda c: c.keep_uploading(LATER, lasts=KEEP),
    "hold_upload": lambda c: c.hold_upload(LATER, lease_for=LEASE),
    "queue": lambda c: c.queue(LATER, size=1, sha256="00" * 32, options=AudioOptions()),
    "request_again": lambda c: c.request_again(LATER),
    "claim": lambda c: c.claim(LATER, holder="another", lease_for=LEASE),
    "renew": lambda c: c.renew(LATER, attempt=1, lease_for=LEASE),
    "release": lambda c: c.release(LATER, attempt=1),
    "complete": lambda c: c.complete(LATER, attempt=1, audio=an_audio(c), source_duration=2.5, keep_for=KEEP),
    "fail": lambda c: c.fail(LATER, attempt=1, failure=FINAL, keep_for=KEEP),
    "fail_passing": lambda c: c.fail(LATER, attempt=1, failure=PASSING, keep_for=KEEP),
    "give_up": lambda c: c.give_up(LATER, failure=PASSING, keep_for=KEEP),
    "cancel": lambda c: c.cancel(LATER, keep_for=KEEP),
    "retry": lambda c: c.retry(LATER, attempts=3),
    "rename": lambda c: c.rename(LATER, "Another"),
    "expire": lambda c: c.expire(LATER, keep_for=KEEP),
}

ALLOWED: dict[tuple[ConversionState, str], ConversionState] = {
    (State.UPLOADING, "keep_uploading"): State.UPLOADING,
    (State.UPLOADING, "hold_upload"): State.UPLOADING,
    (State.UPLOADING, "queue"): State.QUEUED,
    (State.UPLOADING, "cancel"): State.CANCELLED,
    (State.QUEUED, "request_again"): State.QUEUED,
    (State.QUEUED, "claim"): State.CONVERTING,
    (State.QUEUED, "give_up"): State.FAILED,
    (State.QUEUED, "cancel"): State.CANCELLED,
    (State.CONVERTING, "request_again"): State.CONVERTING,
    (State.CONVERTING, "claim"): State.CONVERTING,
    (State.CONVERTING, "renew"): State.CONVERTING,
    (State.CONVERTING, "release"): State.QUEUED,
    (State.CONVERTING, "complete"): State.COMPLETED,
    (State.CONVERTING, "fail"): State.FAILED,
    (State.CONVERTING, "fail_passing"): State.QUEUED,
    (State.CONVERTING, "give_up"): State.FAILED,
    (State.CONVERTING, "cancel"): State.CANCELLED,
    (State.COMPLETED, "expire"): State.EXPIRED,
    (State.FAILED, "retry"): State.QUEUED,
    **{(state, "rename"): state for state in State if state is not State.UPLOADING},
}

REFUSED = [(state, name) for state in State for name in TRANSITIONS if (state, name) not in ALLOWED]
NEEDS_THE_CLAIM = {"renew", "release", "complete", "fail", "fail_passing"}


@pytest.mark.parametrize(("state", "name"), ALLOWED)
def test_a_transition_leads_to_its_state_and_counts_the_revision(state: State, name: str) -> None:
    before = IN_STATE[state]()
    after = TRANSITIONS[name](before)
    assert after.state is ALLOWED[state, name]
    assert after.revision == before.revision + 1
    assert after.updated_at == LATER
    assert (after.id, after.owner, after.created_at) == (before.id, before.owner, before.created_at)


def test_the_time_of_the_last_update_never_goes_back() -> None:
    """The converter's clock may be behind the gateway's, and a page keeps the record with the later time."""
    begun = converting()

    ended = begun.complete(NOW - SECOND, attempt=1, audio=an_audio(begun), source_duration=2.5, keep_for=KEEP)

    assert begun.updated_at == NOW
    assert ended.updated_at == NOW
    assert ended.revision == begun.revision + 1


@pytest.mark.parametrize(("state", "name"), [each for each in ALLOWED if each[1] != "rename"])
def test_an_outcome_and_nothing_else_is_unconfirmed_from_then_on(state: State, name: str) -> None:
    after = TRANSITIONS[name](IN_STATE[state]())
    assert after.unconfirmed_since == (LATER if after.state.is_outcome else None)
    assert after.state.is_outcome is (after.state in {State.COMPLETED, State.FAILED})


@pytest.mark.parametrize("state", [state for state in State if state is not State.UPLOADING])
def test_a_rename_changes_nothing_but_the_name(state: State) -> None:
    """An outcome that is not confirmed yet stays so."""
    before = IN_STATE[state]()
    after = before.rename(LATER, "Another")
    assert after.source.name == "Another.mp4"
    assert after == replace(
        before,
        source=after.source,
        updated_at=LATER,
        revision=before.revision + 1,
        outcome_revision=after.outcome_revision,
    )


@pytest.mark.parametrize(
    "ended",
    [made for each in (completed(), failed()) for made in (each, replace(each, outcome_revision=None))],
)
def test_an_outcome_keeps_the_id_of_its_event_whatever_changes_after_it(ended: Conversion) -> None:
    """One that a release stored which did not note its revision as well."""
    first = outcome_of(ended).id

    renamed = ended.rename(LATER, "Another").rename(LATER, "A third")

    assert outcome_of(renamed).id == outcome_of(renamed.drop_source()).id == first
    assert outcome_of(ended.drop_source()).id == first


def test_the_outcome_of_a_retry_has_an_event_of_its_own() -> None:
    before = failed()
    again = before.retry(LATER, attempts=3).claim(LATER, holder="worker", lease_for=LEASE)
    after = again.fail(LATER, attempt=again.attempt, failure=FINAL, keep_for=KEEP)
    assert outcome_of(after).id != outcome_of(before).id


@pytest.mark.parametrize(("state", "name"), REFUSED)
def test_every_other_transition_is_refused(state: State, name: str) -> None:
    conversion = IN_STATE[state]()
    if name in NEEDS_THE_CLAIM:
        with pytest.raises(ClaimLostError) as lost:
            TRANSITIONS[name](conversion)
        assert (lost.value.conversion_id, lost.value.attempt) == (conversion.id, 1)
        return
    with pytest.raises(InvalidTransitionError) as refused:
        TRANSITIONS[name](conversion)
    assert (refused.value.conversion_id, refused.value.state) == (conversion.id, state)
    assert refused.value.action in str(refused.value)


@pytest.mark.parametrize("state", State)
def test_only_an_unfinished_conversion_is_active(state: State) -> None:
    assert state.is_active is (state in {State.UPLOADING, State.QUEUED, State.CONVERTING})


@pytest.mark.parametrize("state", State)
def test_only_a_conversion_that_waits_for_a_worker_or_has_one_is_never_due(state: State) -> None:
    never_due = state in {State.QUEUED, State.CONVERTING}
    assert (IN_STATE[state]().expires_at is None) is never_due


@pytest.mark.parametrize("state", State)
def test_only_a_converting_conversion_has_a_lease(state: State) -> None:
    assert (IN_STATE[state]().lease is not None) is (state is State.CONVERTING)


@pytest.mark.parametrize("name", ["fail", "fail_passing", "give_up", "cancel", "complete", "release"])
def test_whatever_ends_an_attempt_ends_its_lease(name: str) -> None:
    assert TRANSITIONS[name](converting()).lease is None


def test_a_conversion_cannot_be_changed_in_place() -> None:
    with pytest.raises(FrozenInstanceError):
        converting().state = State.COMPLETED  # type: ignore[misc]


class TestUploading:
    def test_bytes_that_come_in_put_off_the_end(self) -> None:
        assert uploading().keep_uploading(LATER, lasts=KEEP).expires_at == LATER + KEEP

    def test_a_request_holds_the_upload_and_does_not_put_off_its_end(self) -> None:
        """What puts it off are bytes."""
        held = uploading().hold_upload(LATER, lease_for=LEASE)
        assert held.upload_held_until == LATER + LEASE
        assert held.expires_at == uploading().expires_at

    def test_an_upload_of_an_earlier_release_is_held_until_it_expires(self) -> None:
        assert uploading().upload_held_until == uploading().expires_at

    def test_no_request_holds_what_is_queued(self) -> None:
        held = uploading().hold_upload(LATER, lease_for=LEASE)
        assert held.queue(LATER, size=1, sha256="00" * 32, options=AudioOptions()).lease is None

    def test_a_stored_video_brings_its_size_its_hash_and_the_options(self) -> None:
        options = AudioOptions(bitrate=64)
        accepted = uploading().queue(LATER, size=7, sha256="77" * 32, options=options)
        assert (accepted.source.size, accepted.source.sha256) == (7, "77" * 32)
        assert accepted.options == options
        assert accepted.source.name == "talk.mp4"


class TestClaiming:
    def test_a_claim_counts_the_attempt_and_brings_a_lease(self) -> None:
        claimed = queued().claim(NOW, holder="worker", lease_for=LEASE)
        assert claimed.attempt == 1
        assert claimed.lease == Lease("worker", NOW + LEASE)

    @pytest.mark.parametrize("holder", ["worker", "another"])
    def test_a_running_lease_keeps_everybody_else_away_even_its_holder(self, holder: str) -> None:
        with pytest.raises(LeaseHeldError) as held:
            converting().claim(NOW + LEASE - timedelta(microseconds=1), holder=holder, lease_for=LEASE)
        assert held.value.until == NOW + LEASE

    def test_a_lease_is_over_at_the_time_it_names(self) -> None:
        claimed = converting().claim(NOW + LEASE, holder="another", lease_for=LEASE)
        assert claimed.attempt == 2
        assert claimed.lease == Lease("another", NOW + 2 * LEASE)

    def test_no_more_attempts_than_allowed_can_be_claimed(self) -> None:
        last = converting(attempt_limit=1)
        with pytest.raises(AttemptsExhaustedError) as exhausted:
            last.claim(NOW + LEASE, holder="another", lease_for=LEASE)
        assert exhausted.value.attempts == 1

    def test_a_running_lease_counts_more_than_used_up_attempts(self) -> None:
        """The last attempt may still succeed, so nobody may give the conversion up while it runs."""
        with pytest.raises(LeaseHeldError):
            converting(attempt_limit=1).claim(NOW, holder="another", lease_for=LEASE)


class TestHolding:
    def test_a_renewed_lease_keeps_its_holder_and_costs_no_attempt(self) -> None:
        renewed = converting().renew(LATER, attempt=1, lease_for=LEASE)
        assert renewed.lease == Lease("worker", LATER + LEASE)
        assert renewed.attempt == 1

    @pytest.mark.parametrize("name", sorted(NEEDS_THE_CLAIM))
    def test_an_attempt_that_another_has_overtaken_can_change_nothing(self, name: str) -> None:
        overtaken = converting().claim(LATER, holder="another", lease_for=LEASE)
        with pytest.raises(ClaimLostError):
            TRANSITIONS[name](overtaken)

    @pytest.mark.parametrize("name", sorted(NEEDS_THE_CLAIM))
    def test_nobody_holds_a_conversion_without_a_lease(self, name: str) -> None:
        with pytest.raises(ClaimLostError):
            TRANSITIONS[name](replace(converting(), lease=None))

    def test_an_attempt_that_is_given_back_costs_nothing(self) -> None:
        held = converting()
        released = held.release(LATER, attempt=1)
        assert released.attempts_left == queued().attempts_left
        assert released.attempt == held.attempt

    def test_a_conversion_that_is_given_back_again_and_again_can_still_be_claimed(self) -> None:
        conversion = queued(attempt_limit=1)
        for attempt in range(1, 20):
            conversion = conversion.claim(NOW, holder="worker", lease_for=LEASE).release(NOW, attempt=attempt)
        assert conversion.claim(NOW, holder="worker", lease_for=LEASE).attempt == 20


class TestOutcomes:
    def test_a_completed_conversion_has_its_audio_and_the_time_it_lasts(self) -> None:
        held = replace(converting(), failure=PASSING)
        audio = an_audio(held)
        done = held.complete(LATER, attempt=1, audio=audio, source_duration=9.5, keep_for=KEEP)
        assert done.audio == audio
        assert done.source.duration == 9.5
        assert done.expires_at == LATER + KEEP
        assert done.failure is None, "the failure of an attempt before it is history"

    def test_a_completed_conversion_tells_which_track_of_which_was_taken(self) -> None:
        held = converting()
        tracks = (SourceTrack(number=1, language="eng", codec="mp4a", channels=2),)
        done = held.complete(
            LATER,
            attempt=1,
            audio=an_audio(held),
            source_duration=None,
            track=1,
            tracks=tracks,
            keep_for=KEEP,
        )
        assert (done.source.track, done.source.tracks) == (1, tracks)
        assert (done.source.name, done.source.size) == (held.source.name, held.source.size)

    def test_a_passing_failure_goes_back_to_the_queue_while_attempts_are_left(self) -> None:
        waiting = converting(attempt_limit=2).fail(LATER, attempt=1, failure=PASSING, keep_for=KEEP)
        assert waiting.state is State.QUEUED
        assert waiting.failure == PASSING
        assert waiting.expires_at is None

    def test_a_passing_failure_of_the_last_attempt_is_for_good(self) -> None:
        over = converting(attempt_limit=1).fail(LATER, attempt=1, failure=PASSING, keep_for=KEEP)
        assert over.state is State.FAILED
        assert over.expires_at == LATER + KEEP

    def test_a_final_failure_is_for_good_whatever_is_left(self) -> None:
        over = converting(attempt_limit=99).fail(LATER, attempt=1, failure=FINAL, keep_for=KEEP)
        assert over.state is State.FAILED
        assert over.failure == FINAL

    def test_a_given_up_conversion_tells_why(self) -> None:
        over = converting().give_up(LATER, failure=PASSING, keep_for=KEEP)
        assert over.failure == PASSING
        assert over.expires_at == LATER + KEEP

    def test_a_cancelled_conversion_stays_as_a_record_for_a_while(self) -> None:
        assert converting().cancel(LATER, keep_for=KEEP).expires_at == LATER + KEEP

    def test_chapters_and_peaks_of_an_expired_conversion_are_gone_with_its_mp3(self) -> None:
        held = converting()
        damage = Damage(seconds=0.5, at=(1.0,))
        audio = an_audio(held, damage=damage, chapters=(Chapter(0.0, "Welcome"),), peaks=b"\x01")
        done = held.complete(LATER, attempt=1, audio=audio, source_duration=2.5, keep_for=KEEP)
        assert done.expire(LATER, keep_for=KEEP).audio == an_audio(held, damage=damage)

    def test_what_has_neither_chapters_nor_peaks_is_the_same_in_lists(self) -> None:
        assert completed().in_list() == completed()
        assert queued().in_list() == queued()

    def test_an_expired_conversion_stays_as_a_record_for_a_while(self) -> None:
        assert completed().expire(LATER, keep_for=KEEP).expires_at == LATER + KEEP


class TestRetrying:
    def test_a_retry_brings_new_attempts_and_forgets_the_failure(self) -> None:
        again = failed().retry(LATER, attempts=3)
        assert again.attempts_left == 3
        assert again.attempt == 1, "attempts name stored files and fence off old workers, so they only grow"
        assert again.failure is None
        assert again.expires_at is None

    def test_a_final_failure_cannot_be_retried(self) -> None:
        with pytest.raises(NotRetryableError) as refused:
            failed(failure=FINAL).retry(LATER, attempts=3)
        assert refused.value.failure is FINAL.code

    def test_a_failed_conversion_whose_reason_nobody_noted_can_be_retried(self) -> None:
        assert replace(failed(), failure=None).retry(LATER, attempts=1).state is State.QUEUED

    @pytest.mark.parametrize(
        ("conversion", "retryable"),
        [
            (failed(), True),
            (failed(failure=FINAL), False),
            (replace(failed(), failure=None), False),
            (converting().fail(NOW, attempt=1, failure=PASSING, keep_for=KEEP), False),
            (completed(), False),
        ],
    )
    def test_only_a_conversion_that_failed_for_a_passing_reason_is_retryable(
        self, conversion: Conversion, *, retryable: bool
    ) -> None:
        assert conversion.is_retryable is retryable


class TestStoredFiles:
    SOURCE = queued().source_media_id
    FIRST = queued().audio_media_id(1)
    SECOND = queued().audio_media_id(2)

    @pytest.mark.parametrize(
        ("conversion", "needed"),
        [
            (uploading(), {SOURCE}),
            (queued(), {SOURCE}),
            (converting(), {SOURCE, FIRST}),
            (converting().claim(LATER, holder="another", lease_for=LEASE), {SOURCE, SECOND}),
            (converting().release(LATER, attempt=1), {SOURCE}),
            (completed(), {FIRST}),
            (replace(completed(), source_kept_until=LATER), {SOURCE, FIRST}),
            (replace(completed(), audio=None), set()),
            (failed(), {SOURCE}),
            (failed(failure=FINAL), set()),
            (IN_STATE[State.CANCELLED](), set()),
            (IN_STATE[State.EXPIRED](), set()),
        ],
    )
    def test_a_conversion_needs_what_its_next_step_needs_and_nothing_else(
        self, conversion: Conversion, needed: set[MediaId]
    ) -> None:
        asked = {self.SOURCE, self.FIRST, self.SECOND, MediaId("somebody-elses.source")}
        assert {media_id for media_id in asked if conversion.needs(media_id)} == needed

    def test_a_video_is_kept_as_long_as_is_asked_for_but_no_longer_than_the_mp3(self) -> None:
        held = converting()

        def kept(keep_source_for: timedelta) -> Conversion:
            return held.complete(
                NOW,
                attempt=1,
                audio=an_audio(held),
                source_duration=None,
                keep_for=KEEP,
                keep_source_for=keep_source_for,
            )

        assert kept(timedelta(0)).source_kept_until is None
        assert kept(timedelta(hours=1)).source_kept_until == NOW + timedelta(hours=1)
        assert kept(KEEP * 2).source_kept_until == NOW + KEEP
        assert kept(KEEP).expire(LATER, keep_for=KEEP).source_kept_until is None

    def test_it_is_told_until_when_an_ended_conversion_has_its_video(self) -> None:
        assert queued().source_available_until is None
        assert completed().source_available_until is None
        assert replace(completed(), source_kept_until=LATER).source_available_until == LATER
        assert failed().source_available_until == failed().expires_at
        assert failed(failure=FINAL).source_available_until is None

    def test_conversions_of_one_video_have_one_place_for_it(self) -> None:
        shared = queued(2, uploaded_as=queued(1).id)
        assert shared.source_media_id == queued(1).source_media_id
        assert shared.audio_media_id(1) != queued(1).audio_media_id(1)

    def test_each_attempt_has_a_place_of_its_own(self) -> None:
        conversion = queued()
        places = {conversion.source_media_id, *map(conversion.audio_media_id, range(1, 50))}
        assert len(places) == 50
        assert all(place.startswith(f"{conversion.id}.") for place in places)

    def test_the_mp3_is_named_after_the_video(self) -> None:
        assert queued().audio_name == "talk.mp3"


def test_moving_the_clock_back_changes_no_order_of_revisions() -> None:
    """A worker's clock may lag behind: what counts is the revision."""
    back = converting().renew(NOW - 1000 * SECOND, attempt=1, lease_for=LEASE)
    assert back.revision == converting().revision + 1
