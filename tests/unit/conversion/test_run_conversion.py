"""What a worker does with a request, whatever happens around it."""

import asyncio
import logging
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from tests.contracts.examples import ADA, DAY, NOW, SECOND
from tests.unit.builders import (
    ADA_CALLS,
    FINAL,
    IN_STATE,
    LEASE,
    PASSING,
    cancelled,
    completed,
    converting,
    expired,
    failed,
    queued,
)
from tests.unit.faults import Act, Faults, Gate, down, in_no_time, raising
from tests.unit.workshop import ATTEMPTS, MINUTE_OF_AUDIO, MP3, RETENTION, VIDEO, Workshop, in_chunks
from tracklift_domain.conversion.conversion import Conversion
from tracklift_domain.conversion.conversion_state import ConversionState
from tracklift_domain.conversion.events import ConversionCompleted, ConversionFailed, ConversionRequested
from tracklift_domain.errors import ServiceUnavailableError
from tracklift_domain.extraction.chapters import Chapter
from tracklift_domain.extraction.damage import Damage
from tracklift_domain.extraction.errors import ExtractionError
from tracklift_domain.extraction.failure import Failure, FailureCode
from tracklift_domain.extraction.progress import Progress
from tracklift_domain.extraction.video_traits import VideoTraits
from tracklift_domain.identifiers import EventId
from tracklift_domain.media.errors import OutOfSpaceError
from tracklift_domain.messaging.delivery import DeadLetter, Disposition, Done, RetryAfter
from tracklift_domain.user.events import UserDeleted

State = ConversionState
IMPATIENT = replace(ATTEMPTS, storage_patience=timedelta(0))


async def deliver(workshop: Workshop, conversion: Conversion) -> Disposition:
    """Hand a worker the request for a conversion."""
    return await workshop.run()(ConversionRequested.of(conversion))


def begin(
    workshop: Workshop, conversion: Conversion, *, holder: str = "worker", faults: Faults | None = None
) -> "asyncio.Task[Disposition]":
    """Have a worker begin, and go on with the test."""

    async def work() -> Disposition:
        return await workshop.run(holder, faults=faults)(ConversionRequested.of(conversion))

    return asyncio.create_task(work())


async def stuck(workshop: Workshop, conversion: Conversion) -> "tuple[asyncio.Task[Disposition], Gate]":
    """Have a worker begin and get stuck half-way through the extraction."""
    gate = Gate()
    workshop.extractor.acts.append(gate)
    task = begin(workshop, conversion)
    await gate.reached.wait()
    return task, gate


async def look(workshop: Workshop, conversion: Conversion) -> Conversion:
    return await workshop.stored.get(conversion.id)


class TestSuccess:
    async def test_the_mp3_is_stored_recorded_and_announced(self, workshop: Workshop) -> None:
        conversion = await workshop.keep(queued())
        assert await deliver(workshop, conversion) == Done()
        done = await look(workshop, conversion)
        assert done.state is State.COMPLETED
        assert done.audio is not None
        stored = await workshop.files.describe(done.audio.media_id)
        assert (done.audio.size, done.audio.sha256) == (stored.size, stored.sha256)
        assert (done.audio.duration, done.audio.bitrate) == (60.02, 192)
        assert done.source.duration == 60.0
        assert done.expires_at == NOW + RETENTION.audio
        assert await workshop.events() == [ConversionCompleted.of(done)]
        assert b"".join([chunk async for chunk in workshop.files.read(stored.id)]) == b"".join(MP3)

    async def test_what_the_extraction_tells_is_recorded(self, workshop: Workshop) -> None:
        """Which track of which was taken, what is missing of the sound, and the chapters and peaks that the MP3 has."""
        track = MINUTE_OF_AUDIO.audio_tracks[0]
        workshop.inspector.traits = VideoTraits(
            audio_tracks=(track, replace(track, language="deu", channels=1)),
            chapters=(Chapter(0.0, "Welcome"), Chapter(30.0, "Plans"), Chapter(61.0, "Behind the end")),
        )
        workshop.extractor.track = 1
        workshop.extractor.damage = Damage(seconds=0.35, at=(12.4,))
        conversion = await workshop.keep(queued())
        await deliver(workshop, conversion)
        done = await look(workshop, conversion)
        assert done.source.track == 2
        assert [(each.number, each.language, each.channels) for each in done.source.tracks] == [
            (1, None, 2),
            (2, "deu", 1),
        ]
        assert done.audio is not None
        assert done.audio.damage == Damage(seconds=0.35, at=(12.4,))
        assert done.audio.chapters == (Chapter(0.0, "Welcome"), Chapter(30.0, "Plans"))
        assert done.audio.peaks == b"\x00\x80\xff"
        (event,) = await workshop.events()
        assert isinstance(event, ConversionCompleted)
        assert event.audio_damage == 0.35

    async def test_the_video_is_deleted_once_its_mp3_is_there(self, workshop: Workshop) -> None:
        conversion = await workshop.keep(queued())
        await deliver(workshop, conversion)
        assert await workshop.media_ids() == {conversion.audio_media_id(1)}

    async def test_those_who_watch_see_it_begin_go_on_and_end(self, workshop: Workshop) -> None:
        conversion = await workshop.keep(queued())
        workshop.extractor.acts = [in_no_time]
        await deliver(workshop, conversion)
        assert [(update.state, update.progress) for update in workshop.feed.published] == [
            (State.CONVERTING, None),
            (State.CONVERTING, Progress(0.5, 30.0)),
            (State.COMPLETED, None),
        ]

    async def test_no_progress_follows_the_outcome(self, workshop: Workshop) -> None:
        """A feed may be slow: a watcher must not see a finished conversion convert again."""
        conversion = await workshop.keep(queued())
        slow = Gate()
        workshop.faults.before("publish", in_no_time, slow)
        workshop.extractor.acts = [slow.reached.wait]
        assert await deliver(workshop, conversion) == Done()
        assert slow.reached.is_set()
        slow.open()
        await in_no_time()
        assert [update.state for update in workshop.feed.published] == [State.CONVERTING, State.COMPLETED]

    async def test_files_of_earlier_attempts_go_too(self, workshop: Workshop) -> None:
        conversion = await workshop.keep(converting())
        await workshop.files.write(conversion.audio_media_id(1), in_chunks(b"a half-recorded MP3"))
        workshop.clock.advance(LEASE)
        await deliver(workshop, conversion)
        assert await workshop.media_ids() == {conversion.audio_media_id(2)}

    async def test_a_media_store_that_cannot_delete_now_is_no_failure(self, workshop: Workshop) -> None:
        conversion = await workshop.keep(queued())
        workshop.faults.before("delete", raising(down()))
        assert await deliver(workshop, conversion) == Done()
        assert (await look(workshop, conversion)).state is State.COMPLETED
        workshop.clock.advance(RETENTION.orphan + SECOND)
        assert await workshop.sweep()() == 1
        assert await workshop.media_ids() == {conversion.audio_media_id(1)}


class TestCountedAudio:
    """How much audio was made for a user outlives the conversion that made it."""

    async def test_a_conversion_counts_once_whatever_is_redelivered(self, workshop: Workshop) -> None:
        conversion = await workshop.keep(queued())
        for _ in range(3):
            assert await deliver(workshop, conversion) == Done()
        audio = (await look(workshop, conversion)).audio
        await workshop.delete()(ADA_CALLS, conversion.id)
        await deliver(workshop, conversion)

        assert audio is not None
        assert await workshop.ledger.total_duration(ADA, since=NOW) == audio.duration
        assert await workshop.owned() == []
        assert await workshop.ledger.total_duration(ADA, since=NOW + SECOND) == 0

    async def test_what_a_worker_completed_and_did_not_count_before_it_died_is_counted(
        self, workshop: Workshop
    ) -> None:
        conversion = await workshop.keep(completed())
        assert await deliver(workshop, conversion) == Done()
        assert await workshop.ledger.total_duration(ADA, since=NOW) == 2.5

    @pytest.mark.parametrize("end", [failed(failure=FINAL), cancelled()])
    async def test_what_made_no_mp3_counts_nothing(self, workshop: Workshop, end: Conversion) -> None:
        await workshop.keep(end)
        await deliver(workshop, end)
        assert await workshop.ledger.total_duration(ADA, since=NOW - DAY) == 0


class TestRequestsThatNeedNoWork:
    @pytest.mark.parametrize(
        "state", [State.UPLOADING, State.COMPLETED, State.FAILED, State.CANCELLED, State.EXPIRED]
    )
    async def test_a_request_that_is_redelivered_after_the_end_changes_nothing(
        self, workshop: Workshop, state: State
    ) -> None:
        conversion = await workshop.keep(IN_STATE[state]())
        files = await workshop.media_ids()
        assert await deliver(workshop, conversion) == Done()
        assert await look(workshop, conversion) == conversion
        assert await workshop.events() == []
        assert await workshop.media_ids() == files

    @pytest.mark.parametrize("ended", [completed(), failed(failure=FINAL), cancelled(), expired()])
    async def test_a_request_that_is_redelivered_deletes_what_the_end_of_the_conversion_left(
        self, workshop: Workshop, ended: Conversion
    ) -> None:
        """They were killed after the end was recorded and before the video was deleted."""
        await workshop.keep(ended)
        needed = await workshop.media_ids()
        await workshop.files.write(ended.source_media_id, in_chunks(VIDEO))
        assert await deliver(workshop, ended) == Done()
        assert await workshop.media_ids() == needed

    async def test_a_request_for_an_ended_conversion_is_done_even_if_the_store_is_down(
        self, workshop: Workshop
    ) -> None:
        conversion = await workshop.keep(IN_STATE[State.COMPLETED]())
        workshop.faults.before("delete", raising(down()))
        assert await deliver(workshop, conversion) == Done()

    async def test_a_request_for_a_deleted_conversion_is_done(self, workshop: Workshop) -> None:
        assert await deliver(workshop, queued()) == Done()

    async def test_a_request_for_a_conversion_that_another_worker_holds_is_redelivered_after_its_lease(
        self, workshop: Workshop
    ) -> None:
        conversion = await workshop.keep(converting())
        workshop.clock.advance(10 * SECOND)
        answer = await deliver(workshop, conversion)
        assert isinstance(answer, RetryAfter)
        assert answer.delay == LEASE - 10 * SECOND
        assert await look(workshop, conversion) == conversion

    async def test_an_event_that_is_no_request_is_dead_lettered(self, workshop: Workshop) -> None:
        answer = await workshop.run()(UserDeleted(id=EventId("1"), time=NOW, user_id=ADA_CALLS.user_id))
        assert isinstance(answer, DeadLetter)
        assert "tracklift.user.deleted.v1" in answer.reason


class TestFailure:
    @pytest.mark.parametrize("code", [code for code in FailureCode if code.is_final])
    async def test_a_final_failure_ends_the_conversion_at_once(
        self, workshop: Workshop, code: FailureCode
    ) -> None:
        conversion = await workshop.keep(queued())
        workshop.inspector.acts = [raising(ExtractionError(code, "Because."))]
        assert await deliver(workshop, conversion) == Done()
        over = await look(workshop, conversion)
        assert (over.state, over.failure) == (State.FAILED, Failure(code, "Because."))
        assert over.expires_at == NOW + RETENTION.record
        assert await workshop.events() == [ConversionFailed.of(over)]
        assert await workshop.media_ids() == set()

    async def test_a_video_without_sound_is_a_final_failure(self, workshop: Workshop) -> None:
        conversion = await workshop.keep(queued())
        workshop.inspector.traits = VideoTraits(audio_tracks=())
        await deliver(workshop, conversion)
        failure = (await look(workshop, conversion)).failure
        assert failure is not None
        assert failure.code is FailureCode.NO_AUDIO_TRACK

    async def test_audio_of_which_a_part_is_missing_is_not_stored(self, workshop: Workshop) -> None:
        conversion = await workshop.keep(queued())
        workshop.extractor.damage = Damage(seconds=30.0, at=(0.0,))
        await deliver(workshop, conversion)
        failure = (await look(workshop, conversion)).failure
        assert failure is not None
        assert failure.code is FailureCode.CORRUPT_MEDIA
        assert "write" not in workshop.faults.calls

    @pytest.mark.parametrize(
        ("act", "code"),
        [
            (raising(OutOfSpaceError("the temporary folder")), FailureCode.OUT_OF_SPACE),
            (raising(RuntimeError("a mistake")), FailureCode.INTERNAL_ERROR),
            # Not the request is cancelled but something that the extractor waits for, say its pool of processes.
            (raising(asyncio.CancelledError()), FailureCode.INTERNAL_ERROR),
        ],
        ids=["out of space", "mistake", "cancelled inside"],
    )
    async def test_a_passing_failure_is_tried_again_later(
        self, workshop: Workshop, act: Act, code: FailureCode
    ) -> None:
        conversion = await workshop.keep(queued())
        workshop.extractor.acts = [act]
        answer = await deliver(workshop, conversion)
        assert isinstance(answer, RetryAfter)
        assert answer.delay == ATTEMPTS.delay_after(1)
        waiting = await look(workshop, conversion)
        assert waiting.state is State.QUEUED
        assert waiting.failure is not None
        assert waiting.failure.code is code
        assert await workshop.events() == [], "nobody is told of what is not over"
        assert await workshop.media_ids() == {conversion.source_media_id}

    @pytest.mark.parametrize("loss", ["delete", "lose"])
    async def test_a_lost_video_is_a_final_failure(
        self, workshop: Workshop, loss: str, caplog: pytest.LogCaptureFixture
    ) -> None:
        """No later attempt finds it. An operator hears of it."""
        conversion = await workshop.keep(queued())
        if loss == "delete":
            await workshop.files.delete(conversion.source_media_id)
        else:
            workshop.files.lose(conversion.source_media_id)
        assert await deliver(workshop, conversion) == Done()
        failed = await look(workshop, conversion)
        assert failed.failure is not None
        assert (failed.state, failed.failure.code) == (State.FAILED, FailureCode.MEDIA_LOST)
        assert await workshop.events() == [ConversionFailed.of(failed)]
        assert workshop.losses.reported == [conversion.source_media_id]
        assert "is lost" in caplog.text
        assert await workshop.media_ids() == set()

    async def test_a_video_that_went_with_its_conversion_is_not_lost(self, workshop: Workshop) -> None:
        conversion = await workshop.keep(queued())

        async def cancel() -> None:
            await workshop.cancel()(ADA_CALLS, conversion.id)

        workshop.faults.before("open_seekable", cancel)
        assert await deliver(workshop, conversion) == Done()
        assert (await look(workshop, conversion)).state is State.CANCELLED
        assert workshop.losses.reported == []

    async def test_each_attempt_waits_longer_and_the_last_one_is_dead_lettered(
        self, workshop: Workshop
    ) -> None:
        conversion = await workshop.keep(queued(attempt_limit=ATTEMPTS.attempts))
        answers = []
        for _ in range(ATTEMPTS.attempts):
            workshop.extractor.acts = [raising(RuntimeError("a mistake"))]
            answers.append(await deliver(workshop, conversion))
        *waits, last = answers
        assert [wait.delay for wait in waits if isinstance(wait, RetryAfter)] == [
            ATTEMPTS.delay_after(1),
            ATTEMPTS.delay_after(2),
        ]
        assert isinstance(last, DeadLetter)
        over = await look(workshop, conversion)
        assert over.state is State.FAILED
        assert await workshop.events() == [ConversionFailed.of(over)]
        assert await workshop.media_ids() == {conversion.source_media_id}, "its owner may retry it"

    async def test_an_extraction_that_stalls_is_tried_once_more_behind_other_work(
        self, workshop: Workshop
    ) -> None:
        """Each attempt keeps a worker busy for as long as a stall may take."""
        conversion = await workshop.keep(queued(attempt_limit=5))
        workshop.extractor.acts = [raising(ExtractionError(FailureCode.TIMED_OUT, "It stalled."))]
        first = await deliver(workshop, conversion)
        assert isinstance(first, RetryAfter)
        assert first.delay == ATTEMPTS.delay_after(2)
        workshop.extractor.acts = [raising(ExtractionError(FailureCode.TIMED_OUT, "It stalled."))]
        assert isinstance(await deliver(workshop, conversion), DeadLetter)
        over = await look(workshop, conversion)
        assert (over.state, over.attempt, over.is_retryable) == (State.FAILED, 2, True)

    async def test_after_a_retry_by_the_user_one_more_stall_is_forgiven(self, workshop: Workshop) -> None:
        conversion = await workshop.keep(failed(failure=PASSING))
        await workshop.retry()(ADA_CALLS, conversion.id)
        workshop.extractor.acts = [raising(ExtractionError(FailureCode.TIMED_OUT, "It stalled."))]
        assert isinstance(await deliver(workshop, conversion), RetryAfter)

    async def test_attempts_before_a_retry_by_the_user_make_nobody_wait_longer(
        self, workshop: Workshop
    ) -> None:
        failed = converting(attempt_limit=1).fail(NOW, attempt=1, failure=PASSING, keep_for=LEASE)
        conversion = await workshop.keep(replace(failed, attempt=17).retry(NOW, attempts=ATTEMPTS.attempts))
        workshop.extractor.acts = [raising(RuntimeError("a mistake"))]
        answer = await deliver(workshop, conversion)
        assert isinstance(answer, RetryAfter)
        assert answer.delay == ATTEMPTS.delay_after(1)

    async def test_a_mistake_is_logged_with_its_cause(
        self, workshop: Workshop, caplog: pytest.LogCaptureFixture
    ) -> None:
        conversion = await workshop.keep(queued())
        workshop.extractor.acts = [raising(RuntimeError("a mistake"))]
        await deliver(workshop, conversion)
        (record,) = [record for record in caplog.records if record.levelno == logging.ERROR]
        assert record.exc_info is not None
        assert str(record.exc_info[1]) == "a mistake"
        failure = (await look(workshop, conversion)).failure
        assert failure is not None
        assert "a mistake" not in failure.detail, "the user can do nothing with it"

    async def test_chunks_that_are_not_read_to_their_end_are_closed(self, workshop: Workshop) -> None:
        conversion = await workshop.keep(queued())
        chunks = in_chunks(*MP3)

        async def take_one_and_stop() -> None:
            await anext(chunks)
            raise OutOfSpaceError("the store")

        workshop.extractor.chunks = lambda: chunks
        workshop.faults.before("write", take_one_and_stop)
        await deliver(workshop, conversion)
        assert await anext(chunks, b"closed") == b"closed"


class TestWorkersThatDie:
    async def test_when_no_attempt_is_left_the_conversion_is_given_up(self, workshop: Workshop) -> None:
        conversion = await workshop.keep(converting(attempt_limit=1))
        workshop.clock.advance(LEASE)
        answer = await deliver(workshop, conversion)
        assert isinstance(answer, DeadLetter)
        assert "given up after 1 attempts" in answer.reason
        over = await look(workshop, conversion)
        assert over.state is State.FAILED
        assert over.is_retryable
        assert await workshop.events() == [ConversionFailed.of(over)]
        assert [update.state for update in workshop.feed.published] == [State.FAILED]
        assert await deliver(workshop, conversion) == Done()
        assert len(await workshop.events()) == 1

    async def test_a_conversion_that_is_retried_at_the_same_time_is_not_given_up(
        self, workshop: Workshop
    ) -> None:
        """Of two workers that find no attempt left one gives up, its owner retries, and then the other one goes on."""
        conversion = await workshop.keep(converting(attempt_limit=1))
        workshop.clock.advance(LEASE)
        gate = Gate()
        workshop.faults.before("replace", gate)
        late = begin(workshop, conversion)
        await gate.reached.wait()
        await deliver(workshop, conversion)
        await workshop.retry()(ADA_CALLS, conversion.id)
        gate.open()
        assert await late == Done()
        assert (await look(workshop, conversion)).state is State.COMPLETED

    async def test_a_dead_workers_conversion_is_taken_over_when_its_lease_is_over(
        self, workshop: Workshop
    ) -> None:
        conversion = await workshop.keep(converting())
        workshop.clock.advance(LEASE)
        assert await deliver(workshop, conversion) == Done()
        done = await look(workshop, conversion)
        assert (done.state, done.attempt) == (State.COMPLETED, 2)


class TestHoldingTheClaim:
    async def test_a_long_extraction_keeps_its_lease(self, workshop: Workshop) -> None:
        conversion = await workshop.keep(queued())
        task, gate = await stuck(workshop, conversion)
        for _ in range(10):
            renewed = workshop.clock.advance(LEASE / 3) + LEASE
            await until_lease(workshop, conversion, renewed)
            assert isinstance(await deliver(workshop, conversion), RetryAfter)
        await looked(workshop, times=5)
        held = await look(workshop, conversion)
        assert held.attempt == 1
        assert held.revision == conversion.revision + 1 + 10, "claimed once, and renewed when it was time"
        gate.open()
        assert await task == Done()

    async def test_a_lease_is_not_renewed_with_every_look(self, workshop: Workshop) -> None:
        conversion = await workshop.keep(queued())
        task, gate = await stuck(workshop, conversion)
        await looked(workshop, times=5)
        assert (await look(workshop, conversion)).revision == conversion.revision + 1
        gate.open()
        await task

    async def test_the_lease_counts_from_the_claim_however_long_the_telling_took(
        self, workshop: Workshop
    ) -> None:
        conversion = await workshop.keep(queued())
        telling, work = Gate(), Gate()
        workshop.faults.before("publish", telling)
        workshop.extractor.acts = [work]
        task = begin(workshop, conversion)
        await telling.reached.wait()
        renewed = workshop.clock.advance(LEASE * 0.9) + LEASE
        telling.open()
        await until_lease(workshop, conversion, renewed)
        work.open()
        assert await task == Done()

    @pytest.mark.parametrize("end", ["cancel", "delete"])
    async def test_a_worker_drops_its_work_when_the_conversion_is_ended(
        self, workshop: Workshop, end: str
    ) -> None:
        conversion = await workshop.keep(queued())
        task, _ = await stuck(workshop, conversion)
        await getattr(workshop, end)()(ADA_CALLS, conversion.id)
        assert await task == Done()
        assert workshop.extractor.at_work == 0
        assert await workshop.media_ids() == set()
        assert await workshop.events() == []

    @pytest.mark.parametrize("moment", ["before", "after"])
    async def test_what_is_stored_of_an_ended_conversion_goes(self, workshop: Workshop, moment: str) -> None:
        """Cancelled while the MP3 is written: whichever is faster, no MP3 stays."""
        conversion = await workshop.keep(queued())
        gate = Gate()
        getattr(workshop.faults, moment)("write", gate)
        task = begin(workshop, conversion)
        await gate.reached.wait()
        await workshop.cancel()(ADA_CALLS, conversion.id)
        gate.open()
        assert await task == Done()
        assert (await look(workshop, conversion)).state is State.CANCELLED
        assert await workshop.media_ids() == set()

    async def test_what_a_lost_attempt_stored_is_swept_if_the_store_is_down_just_then(
        self, workshop: Workshop
    ) -> None:
        conversion = await workshop.keep(queued())
        gate = Gate()
        workshop.faults.after("write", gate)
        task = begin(workshop, conversion)
        await gate.reached.wait()
        await workshop.cancel()(ADA_CALLS, conversion.id)
        workshop.faults.before("delete", raising(down()))
        await workshop.files.write(conversion.audio_media_id(1), in_chunks(*MP3))
        gate.open()
        assert await task == Done()
        assert await workshop.media_ids() == {conversion.audio_media_id(1)}
        workshop.clock.advance(RETENTION.orphan + SECOND)
        await workshop.sweep()()
        assert await workshop.media_ids() == set()

    async def test_a_worker_that_was_overtaken_cannot_record_its_outcome(self, workshop: Workshop) -> None:
        """A worker that stood still for longer than its lease wakes up when another one is done."""
        conversion = await workshop.keep(queued())
        faults, gate = Faults(), Gate()
        faults.after("write", gate)
        slow = begin(workshop, conversion, holder="slow", faults=faults)
        await gate.reached.wait()
        workshop.clock.advance(LEASE)
        assert await deliver(workshop, conversion) == Done()
        done = await look(workshop, conversion)
        gate.open()
        assert await slow == Done()
        assert await look(workshop, conversion) == done
        assert done.attempt == 2
        assert len(await workshop.events()) == 1
        assert await workshop.media_ids() == {conversion.audio_media_id(2)}

    async def test_a_worker_that_is_overtaken_drops_its_work(self, workshop: Workshop) -> None:
        conversion = await workshop.keep(queued())
        task, _ = await stuck(workshop, conversion)
        stored = await look(workshop, conversion)
        overtaken = stored.claim(NOW + LEASE, holder="another", lease_for=LEASE)
        await workshop.stored.replace(overtaken)
        assert await task == Done()
        assert await look(workshop, conversion) == overtaken

    async def test_a_short_outage_goes_unnoticed(
        self, workshop: Workshop, caplog: pytest.LogCaptureFixture
    ) -> None:
        conversion = await workshop.keep(queued())
        task, gate = await stuck(workshop, conversion)
        workshop.faults.unreachable = True
        await looked(workshop, times=5)
        workshop.clock.advance(LEASE - SECOND)
        await looked(workshop, times=5)
        workshop.faults.unreachable = False
        await until_lease(workshop, conversion, workshop.clock.now() + LEASE)
        gate.open()
        assert await task == Done()
        assert caplog.text.count("can't be renewed now") == 1, "said once, not with every look"

    async def test_work_goes_on_when_the_lease_ran_out_in_an_outage(self, workshop: Workshop) -> None:
        """No other worker can have taken the conversion meanwhile, or it is noticed when the storage is back."""
        conversion = await workshop.keep(queued())
        task, gate = await stuck(workshop, conversion)
        workshop.faults.unreachable = True
        workshop.clock.advance(LEASE * 3)
        await looked(workshop, times=5)
        workshop.faults.unreachable = False
        await until_lease(workshop, conversion, workshop.clock.now() + LEASE)
        gate.open()
        assert await task == Done()
        assert (await look(workshop, conversion)).attempt == 1

    async def test_an_outage_ends_without_another_word_when_the_storage_is_back(
        self, workshop: Workshop, caplog: pytest.LogCaptureFixture
    ) -> None:
        conversion = await workshop.keep(queued())
        task, gate = await stuck(workshop, conversion)
        for _ in range(2):
            workshop.faults.unreachable = True
            await looked(workshop, times=2)
            workshop.faults.unreachable = False
            await looked(workshop, times=2)
        gate.open()
        await task
        assert caplog.text.count("can't be renewed now") == 2, "each outage is said"


class TestOutages:
    """An outage of the storage costs no attempt, wherever it comes."""

    @pytest.mark.parametrize("call", ["open_seekable", "write"])
    async def test_a_store_that_stays_down_is_given_the_conversion_back(
        self, workshop: Workshop, call: str
    ) -> None:
        conversion = await workshop.keep(queued(attempt_limit=1))
        workshop.faults.before(call, raising(down()))
        with pytest.raises(ServiceUnavailableError):
            await workshop.run(attempts=IMPATIENT)(ConversionRequested.of(conversion))
        waiting = await look(workshop, conversion)
        assert (waiting.state, waiting.attempts_left, waiting.failure) == (State.QUEUED, 1, None)
        assert await deliver(workshop, conversion) == Done()
        assert (await look(workshop, conversion)).state is State.COMPLETED

    async def test_a_video_that_gives_no_more_bytes_costs_no_attempt(self, workshop: Workshop) -> None:
        conversion = await workshop.keep(queued(attempt_limit=1))
        workshop.extractor.acts = [raising(down())]
        with pytest.raises(ServiceUnavailableError):
            await deliver(workshop, conversion)
        assert (await look(workshop, conversion)).attempts_left == 1

    async def test_the_conversion_is_given_back_when_the_storage_is_there_again(
        self, workshop: Workshop
    ) -> None:
        """The worker waits: it has nothing to do that needs no storage."""
        conversion = await workshop.keep(queued(attempt_limit=1))

        async def switch_off() -> None:
            workshop.faults.unreachable = True
            raise down()

        workshop.extractor.acts = [switch_off]
        task = begin(workshop, conversion)
        await looked(workshop, times=5)
        assert not task.done()
        workshop.faults.unreachable = False
        with pytest.raises(ServiceUnavailableError):
            await task
        assert (await look(workshop, conversion)).attempts_left == 1

    async def test_an_mp3_is_stored_again_from_its_first_byte(self, workshop: Workshop) -> None:
        conversion = await workshop.keep(queued())
        workshop.faults.before("write", raising(down()), raising(down()))
        assert await deliver(workshop, conversion) == Done()
        done = await look(workshop, conversion)
        assert done.attempt == 1
        assert done.audio is not None
        content = [chunk async for chunk in workshop.files.read(done.audio.media_id)]
        assert b"".join(content) == b"".join(MP3)

    @pytest.mark.parametrize("act", [in_no_time, raising(RuntimeError("a mistake"))], ids=["done", "failed"])
    async def test_an_outcome_that_cannot_be_recorded_now_is_recorded_later(
        self, workshop: Workshop, act: Act
    ) -> None:
        conversion = await workshop.keep(queued(attempt_limit=1))
        workshop.extractor.acts = [act]
        workshop.faults.before("replace", in_no_time, raising(down()), raising(down()))
        assert isinstance(await deliver(workshop, conversion), Done | DeadLetter)
        ended = await look(workshop, conversion)
        assert (ended.state.is_active, ended.attempt) == (False, 1)
        assert len(await workshop.events()) == 1

    async def test_an_outcome_whose_answer_got_lost_is_recorded_once(self, workshop: Workshop) -> None:
        conversion = await workshop.keep(queued())
        workshop.faults.after("replace", in_no_time, raising(down()))
        assert await deliver(workshop, conversion) == Done()
        done = await look(workshop, conversion)
        assert (done.state, done.attempt) == (State.COMPLETED, 1)
        assert len(await workshop.events()) == 1
        assert await workshop.media_ids() == {conversion.audio_media_id(1)}
        assert workshop.feed.published[-1].state is State.COMPLETED, "watchers are told"

    async def test_a_failure_whose_answer_got_lost_is_tried_again(self, workshop: Workshop) -> None:
        conversion = await workshop.keep(queued())
        workshop.extractor.acts = [raising(RuntimeError("a mistake"))]
        workshop.faults.after("replace", in_no_time, raising(down()))
        answer = await deliver(workshop, conversion)
        assert isinstance(answer, RetryAfter)
        assert answer.delay == ATTEMPTS.delay_after(1)
        assert await deliver(workshop, conversion) == Done()

    async def test_work_goes_on_with_a_claim_whose_answer_got_lost(self, workshop: Workshop) -> None:
        conversion = await workshop.keep(queued(attempt_limit=1))
        workshop.faults.after("replace", raising(down()))
        assert await deliver(workshop, conversion) == Done()
        assert (await look(workshop, conversion)).state is State.COMPLETED

    async def test_a_storage_that_is_down_from_the_start_is_told_at_once(self, workshop: Workshop) -> None:
        """Nothing is held that would have to be given back."""
        conversion = await workshop.keep(queued())
        workshop.faults.before("get", raising(down()))
        with pytest.raises(ServiceUnavailableError):
            await deliver(workshop, conversion)
        assert await look(workshop, conversion) == conversion

    async def test_a_claim_that_was_not_stored_is_made_anew(self, workshop: Workshop) -> None:
        conversion = await workshop.keep(queued(attempt_limit=1))
        workshop.faults.before("replace", raising(down()))
        with pytest.raises(ServiceUnavailableError):
            await deliver(workshop, conversion)
        assert await deliver(workshop, conversion) == Done()

    async def test_a_claim_in_doubt_is_released_at_shutdown(self, workshop: Workshop) -> None:
        conversion = await workshop.keep(queued(attempt_limit=1))
        asking = Gate()
        workshop.faults.after("replace", raising(down()))
        workshop.faults.before("get", in_no_time, asking)
        task = begin(workshop, conversion)
        await asking.reached.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        released = await look(workshop, conversion)
        assert (released.state, released.attempts_left) == (State.QUEUED, 1)

    async def test_another_workers_claim_of_the_same_attempt_is_not_released(
        self, workshop: Workshop
    ) -> None:
        conversion = await workshop.keep(queued())
        asking = Gate()

        async def be_overtaken() -> None:
            await workshop.stored.replace(conversion.claim(NOW, holder="another", lease_for=LEASE))
            raise down()

        workshop.faults.before("replace", be_overtaken)
        workshop.faults.before("get", in_no_time, asking)
        task = begin(workshop, conversion)
        await asking.reached.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert (await look(workshop, conversion)).lease is not None


class TestRecording:
    async def test_a_renewal_at_the_same_time_does_not_lose_the_outcome(self, workshop: Workshop) -> None:
        """The lease is renewed between reading the conversion and recording its outcome."""
        conversion = await workshop.keep(queued())

        async def renew() -> None:
            stored = await look(workshop, conversion)
            await workshop.stored.replace(stored.renew(NOW, attempt=1, lease_for=LEASE))

        workshop.faults.before("replace", in_no_time, renew)
        assert await deliver(workshop, conversion) == Done()
        assert (await look(workshop, conversion)).state is State.COMPLETED

    async def test_a_renewal_that_is_under_way_when_the_outcome_is_recorded_changes_nothing(
        self, workshop: Workshop
    ) -> None:
        conversion = await workshop.keep(queued())
        task, gate = await stuck(workshop, conversion)
        renewing = Gate()
        workshop.faults.before("replace", renewing)
        workshop.clock.advance(LEASE / 2)
        await renewing.reached.wait()
        gate.open()
        assert await task == Done()
        done = await look(workshop, conversion)
        renewing.open()
        await in_no_time()
        assert await look(workshop, conversion) == done
        assert done.state is State.COMPLETED

    async def test_a_conversion_that_is_cancelled_while_its_outcome_is_recorded_stays_cancelled(
        self, workshop: Workshop
    ) -> None:
        conversion = await workshop.keep(queued())

        async def cancel() -> None:
            await workshop.cancel()(ADA_CALLS, conversion.id)

        workshop.faults.before("replace", in_no_time, cancel)
        assert await deliver(workshop, conversion) == Done()
        assert (await look(workshop, conversion)).state is State.CANCELLED
        assert await workshop.events() == []
        assert await workshop.media_ids() == set()

    async def test_a_failure_of_an_ended_conversion_is_not_recorded(self, workshop: Workshop) -> None:
        """Deleting it takes the video away from under the worker, which is no failure."""
        conversion = await workshop.keep(queued())

        async def delete() -> None:
            await workshop.delete()(ADA_CALLS, conversion.id)

        workshop.faults.before("open_seekable", delete)
        assert await deliver(workshop, conversion) == Done()
        assert await workshop.events() == []


class TestShutdown:
    async def test_a_cancelled_request_gives_the_conversion_back_at_no_cost(self, workshop: Workshop) -> None:
        conversion = await workshop.keep(queued(attempt_limit=1))
        task, _ = await stuck(workshop, conversion)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        released = await look(workshop, conversion)
        assert (released.state, released.lease) == (State.QUEUED, None)
        assert released.attempts_left == 1
        assert await deliver(workshop, conversion) == Done()

    @pytest.mark.parametrize(
        ("moment", "call"),
        [
            ("before", "publish"),
            ("after", "replace"),
            ("before", "open_seekable"),
            ("after", "open_seekable"),
            ("before", "write"),
            ("after", "write"),
        ],
    )
    async def test_whenever_it_is_cancelled_the_conversion_is_free_at_once(
        self, workshop: Workshop, moment: str, call: str
    ) -> None:
        conversion = await workshop.keep(queued(attempt_limit=1))
        gate = Gate()
        getattr(workshop.faults, moment)(call, gate)
        task = begin(workshop, conversion)
        await gate.reached.wait()
        task.cancel()
        await in_no_time()
        gate.open()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert await deliver(workshop, conversion) == Done()
        done = await look(workshop, conversion)
        assert done.audio is not None
        assert await workshop.media_ids() == {done.audio.media_id}

    @pytest.mark.parametrize("call", ["get", "replace"])
    async def test_a_claim_that_fails_while_it_is_cancelled_has_nothing_to_give_back(
        self, workshop: Workshop, call: str
    ) -> None:
        """Before the conversion is read, or while the claim is stored."""
        conversion = await workshop.keep(queued())
        gate = Gate()

        async def wait_and_fail() -> None:
            await gate()
            raise down()

        workshop.faults.before(call, wait_and_fail)
        task = begin(workshop, conversion)
        await gate.reached.wait()
        task.cancel()
        await in_no_time()
        gate.open()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert await look(workshop, conversion) == conversion

    async def test_being_cancelled_again_does_not_keep_the_conversion_from_being_given_back(
        self, workshop: Workshop
    ) -> None:
        conversion = await workshop.keep(queued())
        task, _ = await stuck(workshop, conversion)
        releasing = Gate()
        workshop.faults.before("replace", releasing)
        task.cancel()
        await releasing.reached.wait()
        task.cancel()
        await in_no_time()
        assert not task.done(), "nothing may be left running behind the caller's back"
        releasing.open()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert (await look(workshop, conversion)).state is State.QUEUED

    async def test_a_request_that_is_cancelled_after_its_outcome_was_recorded_gives_nothing_back(
        self, workshop: Workshop
    ) -> None:
        conversion = await workshop.keep(queued())
        gate = Gate()
        workshop.faults.before("delete", gate)
        task = begin(workshop, conversion)
        await gate.reached.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert (await look(workshop, conversion)).state is State.COMPLETED
        assert await deliver(workshop, conversion) == Done()

    @pytest.mark.parametrize("end", ["cancel", "delete"])
    async def test_a_cancelled_request_for_an_ended_conversion_has_nothing_to_give_back(
        self, workshop: Workshop, end: str
    ) -> None:
        conversion = await workshop.keep(queued())
        task, _ = await stuck(workshop, conversion)
        task.cancel()
        await getattr(workshop, end)()(ADA_CALLS, conversion.id)
        with pytest.raises(asyncio.CancelledError):
            await task
        assert await workshop.media_ids() == set()

    async def test_a_conversion_that_cannot_be_given_back_is_free_when_its_lease_is_over(
        self, workshop: Workshop, caplog: pytest.LogCaptureFixture
    ) -> None:
        conversion = await workshop.keep(queued())
        task, _ = await stuck(workshop, conversion)
        workshop.faults.unreachable = True
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert "could not be given back" in caplog.text
        workshop.faults.unreachable = False
        workshop.clock.advance(LEASE)
        assert await deliver(workshop, conversion) == Done()


async def looked(workshop: Workshop, *, times: int) -> None:
    """Wait until a worker has looked at its conversion so many times."""
    before = workshop.faults.calls.count("get")
    async with asyncio.timeout(10):
        while workshop.faults.calls.count("get") < before + times:
            await asyncio.sleep(0)


async def until_lease(workshop: Workshop, conversion: Conversion, until: datetime) -> None:
    """Wait until the lease of a conversion lasts until a given time."""
    async with asyncio.timeout(10):
        while (lease := (await look(workshop, conversion)).lease) is None or lease.until != until:
            await asyncio.sleep(0)
