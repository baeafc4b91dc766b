import pytest

from tests.contracts.examples import NOW
from tests.unit.builders import ADA_CALLS, BOB_CALLS, IN_STATE, converting, queued
from tests.unit.faults import down, raising
from tests.unit.workshop import RETENTION, Workshop
from tracklift_domain.conversion.conversion_state import ConversionState
from tracklift_domain.conversion.errors import ConversionNotFoundError, InvalidTransitionError
from tracklift_domain.errors import ServiceUnavailableError


@pytest.mark.parametrize("state", [state for state in ConversionState if state.is_active])
async def test_a_conversion_that_has_not_ended_is_stopped_and_its_files_are_deleted(
    workshop: Workshop, state: ConversionState
) -> None:
    conversion = await workshop.keep(IN_STATE[state]())
    cancelled = await workshop.cancel()(ADA_CALLS, conversion.id)
    assert cancelled == await workshop.stored.get(conversion.id)
    assert cancelled.state is ConversionState.CANCELLED
    assert cancelled.expires_at == NOW + RETENTION.record
    assert await workshop.media_ids() == set()
    assert [update.state for update in workshop.feed.published] == [ConversionState.CANCELLED]


@pytest.mark.parametrize("state", [state for state in ConversionState if not state.is_active])
async def test_a_conversion_that_has_ended_stays_as_it_is(workshop: Workshop, state: ConversionState) -> None:
    conversion = await workshop.keep(IN_STATE[state]())
    files = await workshop.media_ids()
    with pytest.raises(InvalidTransitionError):
        await workshop.cancel()(ADA_CALLS, conversion.id)
    assert await workshop.stored.get(conversion.id) == conversion
    assert await workshop.media_ids() == files


async def test_nobody_learns_of_somebody_elses_conversion(workshop: Workshop) -> None:
    conversion = await workshop.keep(queued())
    with pytest.raises(ConversionNotFoundError):
        await workshop.cancel()(BOB_CALLS, conversion.id)
    assert await workshop.stored.get(conversion.id) == conversion


async def test_a_worker_that_renews_its_lease_at_the_same_time_cannot_prevent_it(
    workshop: Workshop,
) -> None:
    conversion = await workshop.keep(converting())

    async def renew() -> None:
        stored = await workshop.stored.get(conversion.id)
        await workshop.stored.replace(stored.request_again(NOW))

    workshop.faults.before("replace", renew)
    cancelled = await workshop.cancel()(ADA_CALLS, conversion.id)
    assert cancelled.state is ConversionState.CANCELLED
    assert cancelled.revision == conversion.revision + 2


async def test_a_media_store_that_is_down_does_not_keep_it_from_being_stopped(workshop: Workshop) -> None:
    conversion = await workshop.keep(queued())
    workshop.faults.before("delete", raising(down()))
    assert (await workshop.cancel()(ADA_CALLS, conversion.id)).state is ConversionState.CANCELLED


async def test_a_storage_that_is_down_is_said(workshop: Workshop) -> None:
    conversion = await workshop.keep(queued())
    workshop.faults.before("replace", raising(down()))
    with pytest.raises(ServiceUnavailableError):
        await workshop.cancel()(ADA_CALLS, conversion.id)
    assert await workshop.stored.get(conversion.id) == conversion
