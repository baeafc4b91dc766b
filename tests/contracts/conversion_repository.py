"""What every repository of conversions must do, alone and together with its outbox."""

import asyncio
from abc import abstractmethod
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from tests.contracts.examples import (
    ADA,
    BOB,
    DAY,
    NOW,
    SECOND,
    a_conversion,
    a_full_conversion,
    conversion_id,
    next_revision,
    numbered_events,
    requested,
)
from tests.selection import thorough
from tracklift_domain.conversion.conversion import Conversion
from tracklift_domain.conversion.conversion_state import ConversionState
from tracklift_domain.conversion.errors import (
    ConversionExistsError,
    ConversionNotFoundError,
    StaleConversionError,
)
from tracklift_domain.conversion.ports import ConversionRepository, ListPosition, StateCount, StoredMediaTotal
from tracklift_domain.conversion.source_video import ResumableUpload, SourceVideo
from tracklift_domain.extraction.chapters import LONGEST_CHAPTER_TITLE, MOST_CHAPTERS, Chapter
from tracklift_domain.extraction.failure import Failure, FailureCode
from tracklift_domain.extraction.options import AudioOptions
from tracklift_domain.extraction.peaks import MOST_PEAKS
from tracklift_domain.identifiers import ConversionId
from tracklift_domain.messaging.ports import Outbox

ALL = 1000


async def succeeded(*writes: asyncio.Future[None]) -> int:
    """Wait for writes, let lost races pass, and count those that were stored."""
    answers = await asyncio.gather(*writes, return_exceptions=True)
    for answer in answers:
        if isinstance(answer, BaseException) and not isinstance(
            answer, StaleConversionError | ConversionExistsError | ConversionNotFoundError
        ):
            raise answer
    return sum(answer is None for answer in answers)


async def assert_that_one_worker_gets_it(
    conversions: ConversionRepository, of_processes: Sequence[ConversionRepository]
) -> None:
    """Have ten workers of each process claim the same conversion at once; no one is told to come later."""
    await conversions.add(a_conversion())
    workers = [*of_processes] * 10
    claims = [
        a_conversion().claim(NOW, holder=f"worker-{number}", lease_for=SECOND)
        for number in range(len(workers))
    ]

    answers = await asyncio.gather(
        *(
            repository.replace(claim, [requested(claim)])
            for repository, claim in zip(workers, claims, strict=True)
        ),
        return_exceptions=True,
    )

    assert answers.count(None) == 1
    assert sum(isinstance(answer, StaleConversionError) for answer in answers) == len(workers) - 1


def ids(conversions: Sequence[Conversion]) -> list[ConversionId]:
    return [conversion.id for conversion in conversions]


def sharing(number: int, **fields: Any) -> Conversion:
    """Make a conversion of the video that was uploaded with the first one."""
    return a_conversion(number, uploaded_as=conversion_id(1), **fields)


class SharedVideosContract:
    """What a repository knows of videos that several conversions share: a part of its contract."""

    async def test_each_of_those_that_share_a_video_is_found(self, conversions: ConversionRepository) -> None:
        first, second = a_conversion(1), sharing(2)
        await conversions.add(a_conversion(3))
        assert await conversions.find_source_holder(first.id) is None

        await conversions.add(first)
        assert await conversions.find_source_holder(first.id) == first
        await conversions.add(second)
        await conversions.remove(first)

        assert await conversions.find_source_holder(first.id) == second
        assert await conversions.find_source_holder(second.id) is None, "its own id is that of no video"
        await conversions.remove(second)
        assert await conversions.find_source_holder(first.id) is None

    @pytest.mark.each_value_once
    @pytest.mark.parametrize("state", ConversionState)
    @pytest.mark.parametrize("number", [1, 2], ids=["uploader", "sharer"])
    async def test_it_is_found_as_long_as_it_holds_the_video(
        self, conversions: ConversionRepository, number: int, state: ConversionState
    ) -> None:
        """Whatever the state it comes from, and the state it goes to."""
        made = sharing(2) if number == 2 else a_conversion(1)
        await conversions.add(made)
        changed = next_revision(made, state=state, failure=a_full_conversion().failure)

        await conversions.replace(changed)

        expected = changed if changed.holds_source else None
        assert await conversions.find_source_holder(conversion_id(1)) == expected

    @pytest.mark.measured_elsewhere
    async def test_those_that_hold_no_longer_do_not_hide_one_that_does(
        self, conversions: ConversionRepository
    ) -> None:
        for number in range(2, 110):
            await conversions.add(sharing(number, state=ConversionState.CANCELLED))
        await conversions.add(sharing(110))

        found = await conversions.find_source_holder(conversion_id(1))

        assert found is not None
        assert found.id == conversion_id(110)

    async def test_only_those_in_a_state_are_found_on_request(
        self, conversions: ConversionRepository
    ) -> None:
        await conversions.add(a_conversion(1))
        await conversions.add(sharing(2))
        for state in ConversionState:
            found = await conversions.find_source_holder(conversion_id(1), state=state)
            assert (found is not None) == (state is ConversionState.QUEUED)
        held = next_revision(sharing(2), state=ConversionState.CONVERTING)
        await conversions.replace(held)

        assert (
            await conversions.find_source_holder(conversion_id(1), state=ConversionState.CONVERTING) == held
        )

    async def test_videos_whose_time_is_over_are_listed_longest_due_first(
        self, conversions: ConversionRepository
    ) -> None:
        for number, until in [(1, NOW), (2, NOW - SECOND), (3, NOW + SECOND), (4, None)]:
            await conversions.add(
                a_conversion(number, state=ConversionState.COMPLETED, source_kept_until=until)
            )

        assert ids(await conversions.list_source_due(NOW, limit=ALL)) == [conversion_id(2), conversion_id(1)]
        assert ids(await conversions.list_source_due(NOW, limit=1)) == [conversion_id(2)]
        assert await conversions.list_source_due(NOW, limit=0) == []

    async def test_a_video_is_kept_on_until_the_outcome_is_confirmed(
        self, conversions: ConversionRepository
    ) -> None:
        done = a_conversion(
            1, state=ConversionState.COMPLETED, source_kept_until=NOW, unconfirmed_since=NOW - DAY
        )
        await conversions.add(done)
        assert await conversions.list_source_due(NOW, limit=ALL) == []

        await conversions.note_announcement(done, None)

        assert ids(await conversions.list_source_due(NOW, limit=ALL)) == [done.id]

    @pytest.mark.parametrize("number", [1, 2], ids=["uploader", "sharer"])
    async def test_a_video_is_let_go(self, conversions: ConversionRepository, number: int) -> None:
        made = sharing(2) if number == 2 else a_conversion(1)
        done = replace(made, state=ConversionState.COMPLETED, source_kept_until=NOW)
        await conversions.add(done)
        assert await conversions.find_source_holder(conversion_id(1)) == done

        await conversions.replace(done.drop_source())

        assert await conversions.find_source_holder(conversion_id(1)) is None
        assert await conversions.list_source_due(NOW, limit=ALL) == []


class ConversionRepositoryContract(SharedVideosContract):
    """Inherit and override the fixtures; both must share their storage."""

    @pytest.fixture
    @abstractmethod
    def conversions(self) -> ConversionRepository:
        """Give an empty repository."""
        raise NotImplementedError

    @pytest.fixture
    @abstractmethod
    def outbox(self) -> Outbox:
        """Give the repository's outbox."""
        raise NotImplementedError

    async def test_a_conversion_is_read_as_it_was_stored(self, conversions: ConversionRepository) -> None:
        """Every field comes back, to the microsecond and to the last digit of a fraction."""
        await conversions.add(a_full_conversion())

        assert await conversions.get(a_full_conversion().id) == a_full_conversion()

    async def test_absent_values_stay_absent(self, conversions: ConversionRepository) -> None:
        await conversions.add(a_conversion())

        assert await conversions.get(conversion_id(1)) == a_conversion()

    @pytest.mark.parametrize("track", [None, 100, "pt-BR", *thorough([1, 2, "en"])])
    async def test_a_choice_of_a_track_is_a_number_a_language_or_none(
        self, conversions: ConversionRepository, track: int | str | None
    ) -> None:
        chosen = a_conversion(options=AudioOptions(track=track))
        await conversions.add(chosen)
        changed = next_revision(chosen, options=AudioOptions(track=track, keep_delay=True))

        assert (await conversions.get(chosen.id)).options == chosen.options
        await conversions.replace(changed)
        assert (await conversions.get(chosen.id)).options == changed.options

    async def test_very_many_long_chapters_are_kept(self, conversions: ConversionRepository) -> None:
        """As many and as long as are taken over, with characters that take the most room."""
        chapters = tuple(Chapter(number / 3, "🎵" * LONGEST_CHAPTER_TITLE) for number in range(MOST_CHAPTERS))
        full = a_full_conversion()
        assert full.audio is not None
        long = next_revision(full, audio=replace(full.audio, chapters=chapters))
        await conversions.add(full)

        await conversions.replace(long)

        assert await conversions.get(long.id) == long

    async def test_as_many_peaks_as_there_may_be_are_kept(self, conversions: ConversionRepository) -> None:
        full = a_full_conversion()
        assert full.audio is not None
        most = next_revision(
            full, audio=replace(full.audio, peaks=bytes(255 - n % 256 for n in range(MOST_PEAKS)))
        )
        await conversions.add(full)

        await conversions.replace(most)

        assert await conversions.get(most.id) == most

    async def test_lists_leave_chapters_and_peaks_out(self, conversions: ConversionRepository) -> None:
        full = a_full_conversion()
        await conversions.add(full)

        listed = [
            *await conversions.list_owned(ADA, limit=ALL),
            *await conversions.list_due(NOW + 2 * DAY, limit=ALL),
            *await conversions.list_stalled(NOW + DAY, limit=ALL),
            *await conversions.list_unconfirmed(NOW + DAY, limit=ALL),
        ]

        assert listed == [full.in_list()] * 4
        assert full.in_list() != full

    @pytest.mark.parametrize("state", ConversionState)
    async def test_every_state_can_be_stored(
        self, conversions: ConversionRepository, state: ConversionState
    ) -> None:
        await conversions.add(a_conversion(state=state))

        assert (await conversions.get(conversion_id(1))).state is state

    async def test_a_missing_conversion_is_not_found(self, conversions: ConversionRepository) -> None:
        with pytest.raises(ConversionNotFoundError) as caught:
            await conversions.get(conversion_id(1))

        assert caught.value.conversion_id == conversion_id(1)

    async def test_ids_differ_by_the_case_of_their_letters(self, conversions: ConversionRepository) -> None:
        await conversions.add(a_conversion(id=ConversionId("abc")))
        await conversions.add(a_conversion(id=ConversionId("ABC"), attempt_limit=9))

        assert (await conversions.get(ConversionId("abc"))).attempt_limit == 5
        assert (await conversions.get(ConversionId("ABC"))).attempt_limit == 9

    async def test_an_id_can_be_stored_once_only(
        self, conversions: ConversionRepository, outbox: Outbox
    ) -> None:
        await conversions.add(a_conversion())

        with pytest.raises(ConversionExistsError):
            await conversions.add(a_conversion(attempt_limit=9), [requested(a_conversion())])

        assert await conversions.get(conversion_id(1)) == a_conversion()
        assert list(await outbox.pending(limit=ALL)) == []

    async def test_an_owner_uses_an_idempotency_key_once(
        self, conversions: ConversionRepository, outbox: Outbox
    ) -> None:
        await conversions.add(a_conversion(1, idempotency_key="key"))

        with pytest.raises(ConversionExistsError):
            await conversions.add(a_conversion(2, idempotency_key="key"), [requested(a_conversion(2))])

        with pytest.raises(ConversionNotFoundError):
            await conversions.get(conversion_id(2))
        assert list(await outbox.pending(limit=ALL)) == []

    async def test_an_upload_that_was_taken_over_can_not_be_queued(
        self, conversions: ConversionRepository
    ) -> None:
        """A request that was taken for gone wakes up when another one has its key."""
        slow = a_conversion(1, state=ConversionState.UPLOADING, idempotency_key="key")
        slow = slow.hold_upload(NOW, lease_for=SECOND)
        await conversions.add(slow)
        assert await conversions.find_by_idempotency_key(ADA, "key") == slow
        alive = slow.hold_upload(NOW + SECOND, lease_for=SECOND)
        await conversions.replace(alive)
        with pytest.raises(StaleConversionError):
            await conversions.remove(slow)

        await conversions.remove(alive)
        await conversions.add(a_conversion(2, state=ConversionState.UPLOADING, idempotency_key="key"))

        queued = alive.queue(NOW + 2 * SECOND, size=1, sha256="00" * 32, options=AudioOptions())
        with pytest.raises(ConversionNotFoundError):
            await conversions.replace(queued, [requested(queued)])
        with pytest.raises(ConversionNotFoundError):
            await conversions.replace(alive.hold_upload(NOW + 2 * SECOND, lease_for=SECOND))

    async def test_idempotency_keys_of_other_owners_and_absent_ones_do_not_collide(
        self, conversions: ConversionRepository
    ) -> None:
        await conversions.add(a_conversion(1, idempotency_key="key"))
        await conversions.add(a_conversion(2, idempotency_key="KEY"))
        await conversions.add(a_conversion(3, idempotency_key="key", owner_id=BOB))
        await conversions.add(a_conversion(4))
        await conversions.add(a_conversion(5))

        found = await conversions.find_by_idempotency_key(BOB, "key")
        assert found is not None
        assert found.id == conversion_id(3)

    async def test_a_conversion_is_found_by_its_key(self, conversions: ConversionRepository) -> None:
        await conversions.add(a_full_conversion())
        key = a_full_conversion().idempotency_key or ""

        assert await conversions.find_by_idempotency_key(ADA, key) == a_full_conversion()
        assert await conversions.find_by_idempotency_key(ADA, key.lower()) is None
        assert await conversions.find_by_idempotency_key(ADA, "other") is None
        assert await conversions.find_by_idempotency_key(BOB, key) is None

    async def test_a_key_is_free_again_after_its_conversion_is_removed(
        self, conversions: ConversionRepository
    ) -> None:
        await conversions.add(a_conversion(1, idempotency_key="key"))
        await conversions.remove(a_conversion(1, idempotency_key="key"))

        await conversions.add(a_conversion(2, idempotency_key="key"))

        found = await conversions.find_by_idempotency_key(ADA, "key")
        assert found is not None
        assert found.id == conversion_id(2)

    async def test_the_next_revision_replaces_the_one_before(self, conversions: ConversionRepository) -> None:
        await conversions.add(a_full_conversion())
        changed = next_revision(
            a_full_conversion(),
            state=ConversionState.CANCELLED,
            lease=None,
            audio=None,
            failure=None,
            expires_at=None,
            updated_at=NOW + SECOND,
        )

        await conversions.replace(changed)

        assert await conversions.get(changed.id) == changed

    async def test_a_late_writer_changes_nothing_and_learns_it(
        self, conversions: ConversionRepository, outbox: Outbox
    ) -> None:
        first = a_conversion()
        await conversions.add(first)
        winner = next_revision(first, attempt_limit=8)
        await conversions.replace(winner)

        for late in (next_revision(first, attempt_limit=9), first, next_revision(next_revision(winner))):
            with pytest.raises(StaleConversionError):
                await conversions.replace(late, [requested(late)])

        assert await conversions.get(first.id) == winner
        assert list(await outbox.pending(limit=ALL)) == []

    async def test_repeating_a_replacement_is_late(self, conversions: ConversionRepository) -> None:
        await conversions.add(a_conversion())
        changed = next_revision(a_conversion())
        await conversions.replace(changed)

        with pytest.raises(StaleConversionError):
            await conversions.replace(changed)

    async def test_what_is_missing_can_not_be_replaced(
        self, conversions: ConversionRepository, outbox: Outbox
    ) -> None:
        with pytest.raises(ConversionNotFoundError):
            await conversions.replace(next_revision(a_conversion()), [requested(a_conversion())])

        with pytest.raises(ConversionNotFoundError):
            await conversions.get(conversion_id(1))
        assert list(await outbox.pending(limit=ALL)) == []

    async def test_a_conversion_is_removed_once(self, conversions: ConversionRepository) -> None:
        await conversions.add(a_conversion(1))
        await conversions.add(a_conversion(2))

        await conversions.remove(a_conversion(1))

        with pytest.raises(ConversionNotFoundError):
            await conversions.get(conversion_id(1))
        with pytest.raises(ConversionNotFoundError):
            await conversions.remove(a_conversion(1))
        assert await conversions.get(conversion_id(2)) == a_conversion(2)

    async def test_only_the_stored_revision_can_be_removed(self, conversions: ConversionRepository) -> None:
        changed = next_revision(a_conversion())
        await conversions.add(a_conversion())
        await conversions.replace(changed)

        for other in (a_conversion(), next_revision(changed)):
            with pytest.raises(StaleConversionError):
                await conversions.remove(other)

        assert await conversions.get(conversion_id(1)) == changed

    async def test_events_are_stored_with_the_write_they_belong_to(
        self, conversions: ConversionRepository, outbox: Outbox
    ) -> None:
        changed = next_revision(a_conversion(), updated_at=NOW + SECOND)
        await conversions.add(a_conversion(), [requested(a_conversion())])
        await conversions.replace(changed, [requested(changed)])

        assert list(await outbox.pending(limit=ALL)) == [requested(a_conversion()), requested(changed)]

    async def test_a_write_may_bring_several_events(
        self, conversions: ConversionRepository, outbox: Outbox
    ) -> None:
        await conversions.add(a_conversion(), numbered_events(3))

        assert list(await outbox.pending(limit=ALL)) == numbered_events(3)

    @pytest.mark.measured_elsewhere
    async def test_of_many_writers_one_wins(self, conversions: ConversionRepository, outbox: Outbox) -> None:
        """Fifty workers claim the same conversion at once."""
        queued = a_conversion()
        await conversions.add(queued)
        claims = [
            queued.claim(NOW + number * SECOND, holder=f"worker-{number}", lease_for=timedelta(minutes=1))
            for number in range(50)
        ]

        won = await succeeded(
            *(asyncio.ensure_future(conversions.replace(claim, [requested(claim)])) for claim in claims)
        )

        stored = await conversions.get(queued.id)
        assert won == 1
        assert stored in claims
        assert list(await outbox.pending(limit=ALL)) == [requested(stored)]

    @pytest.mark.measured_elsewhere
    async def test_of_many_equal_uploads_one_is_stored(self, conversions: ConversionRepository) -> None:
        """Twenty uploads with the same idempotency key begin at once."""
        uploads = [a_conversion(number, idempotency_key="key") for number in range(20)]

        won = await succeeded(*(asyncio.ensure_future(conversions.add(upload)) for upload in uploads))

        assert won == 1
        assert len(await conversions.list_owned(ADA, limit=ALL)) == 1

    @pytest.mark.measured_elsewhere
    async def test_removing_and_replacing_at_once_do_not_both_succeed(
        self, conversions: ConversionRepository
    ) -> None:
        for number in range(10):
            await conversions.add(a_conversion(number))

            won = await succeeded(
                asyncio.ensure_future(conversions.remove(a_conversion(number))),
                asyncio.ensure_future(conversions.replace(next_revision(a_conversion(number)))),
            )

            assert won == 1

    @pytest.mark.measured_elsewhere
    async def test_many_conversions_change_side_by_side(
        self, conversions: ConversionRepository, outbox: Outbox
    ) -> None:
        """Twenty tasks, each with a conversion of its own, bring it through three revisions."""

        async def live(number: int) -> None:
            conversion = a_conversion(number)
            await conversions.add(conversion, [requested(conversion)])
            for _ in range(2):
                conversion = next_revision(await conversions.get(conversion.id))
                await conversions.replace(conversion, [requested(conversion)])

        await asyncio.gather(*(live(number) for number in range(20)))

        owned = await conversions.list_owned(ADA, limit=ALL)
        assert [conversion.revision for conversion in owned] == [3] * 20
        assert len(await outbox.pending(limit=ALL)) == 60

    async def test_a_list_holds_the_owners_conversions_newest_first(
        self, conversions: ConversionRepository
    ) -> None:
        await conversions.add(a_conversion(1, created_at=NOW - SECOND))
        await conversions.add(a_conversion(4, created_at=NOW - DAY))
        await conversions.add(a_conversion(2, created_at=NOW))
        await conversions.add(a_conversion(3, created_at=NOW - SECOND))
        await conversions.add(a_conversion(5, created_at=NOW, owner_id=BOB))

        assert ids(await conversions.list_owned(ADA, limit=ALL)) == [*map(conversion_id, (2, 3, 1, 4))]
        assert ids(await conversions.list_owned(BOB, limit=ALL)) == [conversion_id(5)]

    async def test_a_list_of_nobody_is_empty(self, conversions: ConversionRepository) -> None:
        assert list(await conversions.list_owned(ADA, limit=ALL)) == []

    @pytest.mark.measured_elsewhere
    async def test_pages_join_without_gap_or_overlap(self, conversions: ConversionRepository) -> None:
        """Also where many were made at the same time, and with others, of lower ids, added in front meanwhile."""
        for number in range(10):
            created_at = NOW + number // 4 * timedelta(microseconds=1)
            await conversions.add(a_conversion(100 + number, created_at=created_at))
        whole = ids(await conversions.list_owned(ADA, limit=ALL))

        pages: list[ConversionId] = []
        after = None
        while page := await conversions.list_owned(ADA, limit=3, after=after):
            assert len(page) <= 3
            pages += ids(page)
            after = ListPosition(page[-1].created_at, page[-1].id)
            await conversions.add(a_conversion(len(pages), created_at=NOW + DAY))

        assert pages == whole
        assert len(whole) == 10

    async def test_a_page_begins_behind_a_position_whose_conversion_is_gone(
        self, conversions: ConversionRepository
    ) -> None:
        for number in range(4):
            await conversions.add(a_conversion(number))
        await conversions.remove(a_conversion(2))

        page = await conversions.list_owned(ADA, limit=ALL, after=ListPosition(NOW, conversion_id(2)))

        assert ids(page) == [conversion_id(1), conversion_id(0)]

    async def test_a_list_can_be_of_one_state(self, conversions: ConversionRepository) -> None:
        for number, state in enumerate(ConversionState):
            await conversions.add(a_conversion(number, state=state))
        await conversions.add(a_conversion(50, state=ConversionState.FAILED))

        failed = await conversions.list_owned(ADA, limit=ALL, state=ConversionState.FAILED)
        behind = await conversions.list_owned(
            ADA, limit=1, state=ConversionState.FAILED, after=ListPosition(failed[0].created_at, failed[0].id)
        )

        assert [conversion.state for conversion in failed] == [ConversionState.FAILED] * 2
        assert ids(behind) == ids(failed)[1:]

    async def test_a_limit_of_nothing_gives_nothing(self, conversions: ConversionRepository) -> None:
        await conversions.add(a_conversion(expires_at=NOW))

        assert list(await conversions.list_owned(ADA, limit=0)) == []
        assert list(await conversions.list_due(NOW, limit=0)) == []
        assert list(await conversions.list_stalled(NOW + DAY, limit=0)) == []
        assert list(await conversions.list_unconfirmed(NOW + DAY, limit=0)) == []

    async def test_conversions_of_all_users_are_listed_newest_first(
        self, conversions: ConversionRepository
    ) -> None:
        """All of them or those in a state, page by page."""
        for number, (owner, age, state) in enumerate(
            [
                (ADA, 3, ConversionState.QUEUED),
                (BOB, 2, ConversionState.FAILED),
                (ADA, 2, ConversionState.QUEUED),
                (BOB, 1, ConversionState.EXPIRED),
                (BOB, 4, ConversionState.QUEUED),
            ]
        ):
            await conversions.add(
                a_conversion(number, owner_id=owner, state=state, created_at=NOW - age * SECOND)
            )

        everything = await conversions.list_all(limit=ALL)
        assert ids(everything) == [*map(conversion_id, (3, 2, 1, 0, 4))]
        waiting = await conversions.list_all(limit=2, state=ConversionState.QUEUED)
        assert ids(waiting) == [*map(conversion_id, (2, 0))]
        last = ListPosition(waiting[-1].created_at, waiting[-1].id)
        assert ids(await conversions.list_all(limit=2, state=ConversionState.QUEUED, after=last)) == [
            conversion_id(4)
        ]
        same_time = ListPosition(everything[1].created_at, everything[1].id)
        assert ids(await conversions.list_all(limit=ALL, after=same_time)) == [*map(conversion_id, (1, 0, 4))]
        assert list(await conversions.list_all(limit=0)) == []

    async def test_conversions_of_all_users_are_counted_by_state(
        self, conversions: ConversionRepository
    ) -> None:
        """Up to as many as asked for, with the update that is longest ago; those that are removed do not count."""
        for number, (owner, age, state) in enumerate(
            [
                (ADA, 1, ConversionState.QUEUED),
                (BOB, 3, ConversionState.QUEUED),
                (ADA, 2, ConversionState.QUEUED),
                (BOB, 9, ConversionState.FAILED),
            ]
        ):
            await conversions.add(
                a_conversion(number, owner_id=owner, state=state, updated_at=NOW - age * SECOND)
            )
        gone = a_conversion(9, state=ConversionState.QUEUED, updated_at=NOW - DAY)
        await conversions.add(gone, [requested(gone)])
        await conversions.remove(gone)

        queued = await conversions.count_in_state(ConversionState.QUEUED, most=5)
        assert queued == StateCount(3, NOW - 3 * SECOND)
        assert await conversions.count_in_state(ConversionState.QUEUED, most=2) == StateCount(
            2, NOW - 3 * SECOND
        )
        assert await conversions.count_in_state(ConversionState.EXPIRED, most=5) == StateCount(0)

    async def test_active_conversions_are_counted_for_their_owner(
        self, conversions: ConversionRepository
    ) -> None:
        for number, state in enumerate(ConversionState):
            await conversions.add(a_conversion(number, state=state))
        await conversions.add(a_conversion(50, owner_id=BOB))

        assert await conversions.count_active(ADA) == 3
        assert await conversions.count_active(BOB) == 1
        await conversions.remove(a_conversion(50, owner_id=BOB))
        assert await conversions.count_active(BOB) == 0

    async def test_active_conversions_older_than_one_are_counted(
        self, conversions: ConversionRepository
    ) -> None:
        """In the order of lists: by creation time, and of the same time by id."""
        for number, age in ((1, 2), (2, 1), (3, 1), (4, 1), (5, 0)):
            await conversions.add(a_conversion(number, created_at=NOW - age * SECOND))
        await conversions.add(a_conversion(6, created_at=NOW - DAY, state=ConversionState.FAILED))
        await conversions.add(a_conversion(7, created_at=NOW - DAY, owner_id=BOB))

        counted = [
            await conversions.count_active(
                ADA, before=ListPosition(NOW - age * SECOND, conversion_id(number))
            )
            for number, age in ((1, 2), (2, 1), (3, 1), (4, 1), (5, 0), (9, 0))
        ]

        assert counted == [0, 1, 2, 3, 4, 5]

    async def test_bytes_that_an_owner_stores_are_added_up(self, conversions: ConversionRepository) -> None:
        """Those of videos and MP3s that are there, and those for which room is held; beyond 32 bits."""
        source = SourceVideo(name="talk.mp4", size=3 * 2**40)
        mp3 = a_full_conversion().audio
        assert mp3 is not None
        passing, final = Failure(FailureCode.TIMED_OUT, "slow"), Failure(FailureCode.TOO_LONG, "long")
        counted: list[dict[str, Any]] = [
            {"state": ConversionState.UPLOADING, "reserved_bytes": 1},
            {"state": ConversionState.UPLOADING, "upload": ResumableUpload(length=20)},
            {"state": ConversionState.QUEUED, "source": source},
            {"state": ConversionState.CONVERTING, "source": source},
            {"state": ConversionState.FAILED, "source": source, "failure": passing},
            {"state": ConversionState.COMPLETED, "source": source, "audio": replace(mp3, size=300)},
        ]
        uncounted: list[dict[str, Any]] = [
            {"state": ConversionState.UPLOADING},
            {"state": ConversionState.FAILED, "source": source, "failure": final},
            {"state": ConversionState.CANCELLED, "source": source},
            {"state": ConversionState.EXPIRED, "source": source, "audio": mp3},
            {"state": ConversionState.COMPLETED, "source": source, "audio": mp3, "owner_id": BOB},
        ]
        assert await conversions.total_stored(ADA) == StoredMediaTotal(0)
        for number, fields in enumerate((*counted, *uncounted)):
            kept = a_conversion(number, **fields)
            await conversions.add(kept)
            stored = await conversions.get(kept.id)
            assert (stored.source_bytes, stored.audio_bytes) == (kept.source_bytes, kept.audio_bytes)

        assert await conversions.total_stored(ADA) == StoredMediaTotal(3 * 3 * 2**40 + 321)
        assert (await conversions.total_stored(BOB)).size == mp3.size

        await conversions.remove(a_conversion(5, **counted[5]))
        assert await conversions.total_stored(ADA) == StoredMediaTotal(3 * 3 * 2**40 + 21)

    async def test_a_video_counts_for_the_conversion_that_brought_it_until_that_has_its_outcome(
        self, conversions: ConversionRepository
    ) -> None:
        """Though others share it, and it is kept for more of them; each MP3 counts."""
        mp3 = a_full_conversion().audio
        assert mp3 is not None
        first = a_conversion(1, source=SourceVideo(name="talk.mp4", size=1000))
        await conversions.add(first)
        await conversions.add(replace(first, id=conversion_id(2), uploaded_as=first.id))
        uploading = ConversionState.UPLOADING
        await conversions.add(replace(first, id=conversion_id(3), uploaded_as=first.id, state=uploading))
        assert await conversions.total_stored(ADA) == StoredMediaTotal(1000)

        completed = next_revision(
            first,
            state=ConversionState.COMPLETED,
            audio=replace(mp3, size=7),
            source_kept_until=NOW + SECOND,
            expires_at=NOW + DAY,
        )
        await conversions.replace(completed)

        assert (completed.source_bytes, completed.audio_bytes) == (0, 7)
        assert await conversions.total_stored(ADA) == StoredMediaTotal(7, NOW + DAY)

    async def test_bytes_of_conversions_older_than_one_are_added_up(
        self, conversions: ConversionRepository
    ) -> None:
        """In the order of lists."""
        for number, age in ((1, 2), (2, 1), (3, 1), (4, 0)):
            await conversions.add(
                a_conversion(
                    number,
                    created_at=NOW - age * SECOND,
                    state=ConversionState.UPLOADING,
                    reserved_bytes=10**number,
                )
            )

        added_up = [
            (
                await conversions.total_stored(
                    ADA, before=ListPosition(NOW - age * SECOND, conversion_id(number))
                )
            ).size
            for number, age in ((1, 2), (2, 1), (3, 1), (4, 0), (9, 0))
        ]

        assert added_up == [0, 10, 110, 1110, 11110]

    async def test_it_is_told_when_the_first_stored_bytes_go_by_their_age(
        self, conversions: ConversionRepository
    ) -> None:
        """Of those that count, and not of a record that has none any more."""
        uploading = ConversionState.UPLOADING
        await conversions.add(a_conversion(1, state=uploading, reserved_bytes=5, expires_at=NOW + DAY))
        await conversions.add(a_conversion(2, state=uploading, reserved_bytes=5, expires_at=NOW + SECOND))
        await conversions.add(a_conversion(3, state=uploading, reserved_bytes=5, expires_at=None))
        await conversions.add(a_conversion(4, state=ConversionState.CANCELLED, expires_at=NOW))

        assert await conversions.total_stored(ADA) == StoredMediaTotal(15, NOW + SECOND)

    async def test_due_conversions_come_longest_due_first(self, conversions: ConversionRepository) -> None:
        """What expires at or before this time is due; what has no expiry never is."""
        await conversions.add(a_conversion(1, expires_at=NOW))
        await conversions.add(a_conversion(2, expires_at=NOW + timedelta(microseconds=1)))
        await conversions.add(a_conversion(3, expires_at=None))
        await conversions.add(a_conversion(4, expires_at=NOW - DAY, owner_id=BOB))
        await conversions.add(a_conversion(5, expires_at=NOW - SECOND, state=ConversionState.UPLOADING))

        assert ids(await conversions.list_due(NOW, limit=ALL)) == [*map(conversion_id, (4, 5, 1))]
        assert ids(await conversions.list_due(NOW, limit=2)) == [*map(conversion_id, (4, 5))]

    async def test_unconfirmed_outcomes_come_oldest_first(self, conversions: ConversionRepository) -> None:
        await conversions.add(a_conversion(1, unconfirmed_since=NOW))
        await conversions.add(a_conversion(2, unconfirmed_since=NOW - timedelta(microseconds=1)))
        await conversions.add(a_conversion(3, unconfirmed_since=None))
        await conversions.add(a_conversion(4, unconfirmed_since=NOW - DAY, owner_id=BOB))
        await conversions.add(a_conversion(5, unconfirmed_since=NOW - SECOND))

        assert ids(await conversions.list_unconfirmed(NOW, limit=ALL)) == [*map(conversion_id, (4, 5, 2))]
        assert ids(await conversions.list_unconfirmed(NOW, limit=2)) == [*map(conversion_id, (4, 5))]

    async def test_a_confirmed_outcome_is_looked_for_no_more_and_has_its_revision_still(
        self, conversions: ConversionRepository
    ) -> None:
        outcome = a_conversion(unconfirmed_since=NOW)
        await conversions.add(outcome)

        await conversions.note_announcement(outcome, None)

        assert await conversions.get(outcome.id) == replace(outcome, unconfirmed_since=None)
        assert list(await conversions.list_unconfirmed(NOW + DAY, limit=ALL)) == []

    async def test_an_outcome_may_be_unconfirmed_from_a_later_time_on(
        self, conversions: ConversionRepository
    ) -> None:
        outcome = a_conversion(unconfirmed_since=NOW)
        await conversions.add(outcome)

        await conversions.note_announcement(outcome, NOW + SECOND)

        assert await conversions.get(outcome.id) == replace(outcome, unconfirmed_since=NOW + SECOND)
        assert list(await conversions.list_unconfirmed(NOW + SECOND, limit=ALL)) == []

    async def test_an_announcement_of_what_is_confirmed_changed_or_gone_is_not_noted(
        self, conversions: ConversionRepository
    ) -> None:
        """A confirmation or another outcome came faster."""
        confirmed, changed = a_conversion(1, unconfirmed_since=NOW), a_conversion(2, unconfirmed_since=NOW)
        await conversions.add(confirmed)
        await conversions.note_announcement(confirmed, None)
        await conversions.add(changed)
        await conversions.replace(next_revision(changed))

        for outcome in (confirmed, changed, a_conversion(3, unconfirmed_since=NOW)):
            await conversions.note_announcement(outcome, NOW + SECOND)

        assert (await conversions.get(confirmed.id)).unconfirmed_since is None
        assert (await conversions.get(changed.id)).unconfirmed_since == NOW
        with pytest.raises(ConversionNotFoundError):
            await conversions.get(conversion_id(3))

    async def test_a_change_confirms_and_announces_an_outcome_too(
        self, conversions: ConversionRepository
    ) -> None:
        outcome = a_conversion(unconfirmed_since=NOW)
        retried = next_revision(outcome, unconfirmed_since=None)
        await conversions.add(outcome)

        await conversions.replace(retried)
        assert list(await conversions.list_unconfirmed(NOW + DAY, limit=ALL)) == []
        await conversions.replace(next_revision(retried, unconfirmed_since=NOW + SECOND))
        assert ids(await conversions.list_unconfirmed(NOW + DAY, limit=ALL)) == [outcome.id]

    async def test_what_is_removed_is_unconfirmed_no_more(self, conversions: ConversionRepository) -> None:
        outcome = a_conversion(unconfirmed_since=NOW)
        await conversions.add(outcome, [requested(outcome)])

        await conversions.remove(outcome)

        assert list(await conversions.list_unconfirmed(NOW + DAY, limit=ALL)) == []

    async def test_stalled_conversions_come_oldest_first(self, conversions: ConversionRepository) -> None:
        """Only those that wait for a worker or are with one can stand still."""
        for number, state in enumerate(ConversionState):
            await conversions.add(a_conversion(number, state=state, updated_at=NOW - number * SECOND))
        await conversions.add(a_conversion(50, updated_at=NOW - DAY, owner_id=BOB))
        await conversions.add(a_conversion(51, updated_at=NOW + SECOND))

        stalled = await conversions.list_stalled(NOW + SECOND, limit=ALL)

        assert [conversion.state for conversion in stalled] == [
            ConversionState.QUEUED,
            ConversionState.CONVERTING,
            ConversionState.QUEUED,
        ]
        assert stalled[0].id == conversion_id(50)
        assert ids(await conversions.list_stalled(NOW + SECOND, limit=2)) == ids(stalled)[:2]
        assert list(await conversions.list_stalled(NOW - DAY, limit=ALL)) == []
