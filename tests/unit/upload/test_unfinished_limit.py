"""However uploads begin, a user has no more unfinished conversions than the limit."""

from datetime import timedelta

import pytest

from tests.contracts.examples import NOW, SECOND
from tests.unit.builders import uploading
from tests.unit.workshop import Workshop
from tracklift_domain.conversion.conversion import Conversion
from tracklift_domain.upload.errors import TooManyConversionsError
from tracklift_domain.upload.unfinished_limit import UnfinishedLimit

LOOKS = 3


@pytest.fixture
def limit(workshop: Workshop) -> UnfinishedLimit:
    """Give a limit of two that does not pause."""
    return UnfinishedLimit(workshop.conversions, 2, looks=LOOKS, pause=timedelta(0))


async def begun(workshop: Workshop, number: int, *, second: int) -> Conversion:
    """Store the record of an upload that begins, as the clock of its process has it."""
    return await workshop.keep(uploading(number, created_at=NOW + second * SECOND))


async def test_of_too_many_the_newest_are_refused(workshop: Workshop, limit: UnfinishedLimit) -> None:
    """Those of the same time in the order of their ids."""
    first = await begun(workshop, 1, second=0)
    second = await begun(workshop, 2, second=1)
    third = await begun(workshop, 3, second=1)
    fourth = await begun(workshop, 4, second=2)

    for newer in (fourth, third):
        with pytest.raises(TooManyConversionsError):
            await limit.hold(newer)
        await workshop.stored.remove(newer)

    await limit.hold(second)
    await limit.hold(first)


async def test_an_older_one_waits_until_a_newer_one_is_given_back(
    workshop: Workshop, limit: UnfinishedLimit
) -> None:
    """That is on its way then, at another process."""
    first = await begun(workshop, 1, second=0)
    await begun(workshop, 2, second=1)
    newest = await begun(workshop, 3, second=2)

    async def give_back() -> None:
        await workshop.stored.remove(newest)

    workshop.faults.after("count_active", give_back)

    await limit.hold(first)

    assert workshop.faults.calls.count("count_active") == 3


async def test_a_clock_that_is_behind_gives_no_room_above_the_limit(
    workshop: Workshop, limit: UnfinishedLimit
) -> None:
    """It makes an upload the oldest, though others were accepted before it and are not given back."""
    for number in (1, 2):
        await limit.hold(await begun(workshop, number, second=number))
    late = await begun(workshop, 3, second=-60)

    with pytest.raises(TooManyConversionsError) as refused:
        await limit.hold(late)

    assert refused.value.limit == 2
    assert workshop.faults.calls.count("count_active") == 2 + 2 * LOOKS
