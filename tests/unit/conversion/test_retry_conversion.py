import pytest

from tests.unit.builders import ADA_CALLS, BOB_CALLS, FINAL, IN_STATE, failed
from tests.unit.faults import down, raising
from tests.unit.workshop import ATTEMPTS, Workshop
from tracklift_domain.conversion.conversion_state import ConversionState
from tracklift_domain.conversion.errors import (
    ConversionNotFoundError,
    InvalidTransitionError,
    NotRetryableError,
)
from tracklift_domain.conversion.events import ConversionRequested
from tracklift_domain.errors import ServiceUnavailableError
from tracklift_domain.messaging.delivery import Done


async def test_a_conversion_that_failed_for_a_passing_reason_is_queued_and_requested_again(
    workshop: Workshop,
) -> None:
    conversion = await workshop.keep(failed())
    again = await workshop.retry()(ADA_CALLS, conversion.id)
    assert again == await workshop.the_conversion()
    assert again.state is ConversionState.QUEUED
    assert again.attempts_left == ATTEMPTS.attempts
    assert await workshop.events() == [ConversionRequested.of(again)]
    assert [update.state for update in workshop.feed.published] == [ConversionState.QUEUED]


async def test_the_video_is_still_there_for_the_retry(workshop: Workshop) -> None:
    conversion = await workshop.keep(failed())
    again = await workshop.retry()(ADA_CALLS, conversion.id)
    assert await workshop.run()(ConversionRequested.of(again)) == Done()
    assert (await workshop.the_conversion()).state is ConversionState.COMPLETED


async def test_a_failure_that_a_retry_cannot_mend_is_not_tried_again(workshop: Workshop) -> None:
    conversion = await workshop.keep(failed(failure=FINAL))
    with pytest.raises(NotRetryableError):
        await workshop.retry()(ADA_CALLS, conversion.id)
    assert await workshop.the_conversion() == conversion
    assert await workshop.events() == []


@pytest.mark.parametrize("state", [state for state in ConversionState if state is not ConversionState.FAILED])
async def test_what_has_not_failed_cannot_be_retried(workshop: Workshop, state: ConversionState) -> None:
    conversion = await workshop.keep(IN_STATE[state]())
    with pytest.raises(InvalidTransitionError):
        await workshop.retry()(ADA_CALLS, conversion.id)
    assert await workshop.the_conversion() == conversion


async def test_two_retries_at_once_request_it_once(workshop: Workshop) -> None:
    conversion = await workshop.keep(failed())

    async def retry() -> None:
        await workshop.retry()(ADA_CALLS, conversion.id)

    workshop.faults.before("replace", retry)
    with pytest.raises(InvalidTransitionError):
        await workshop.retry()(ADA_CALLS, conversion.id)
    assert len(await workshop.events()) == 1


async def test_nobody_can_retry_somebody_elses_conversion(workshop: Workshop) -> None:
    conversion = await workshop.keep(failed())
    with pytest.raises(ConversionNotFoundError):
        await workshop.retry()(BOB_CALLS, conversion.id)
    assert await workshop.the_conversion() == conversion


async def test_a_storage_that_is_down_is_said_and_nothing_is_requested(workshop: Workshop) -> None:
    conversion = await workshop.keep(failed())
    workshop.faults.before("replace", raising(down()))
    with pytest.raises(ServiceUnavailableError):
        await workshop.retry()(ADA_CALLS, conversion.id)
    assert await workshop.events() == []
