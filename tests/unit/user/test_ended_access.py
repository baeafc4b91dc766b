from dataclasses import replace
from datetime import timedelta

import pytest

from tests.contracts.examples import ADA, BOB, NOW, SECOND
from tracklift_adapters.in_memory.access_ends import InMemoryAccessEndRepository
from tracklift_adapters.in_memory.clock import ManualClock
from tracklift_domain.errors import ServiceUnavailableError
from tracklift_domain.identifiers import SessionId
from tracklift_domain.user.access.caller import Caller
from tracklift_domain.user.access.ended_access import EndedAccess, EndedAccessPolicy
from tracklift_domain.user.email_address import EmailAddress

DAY = timedelta(days=1)
SESSION = SessionId("5e" * 16)
CALLER = Caller(
    user_id=ADA, email=EmailAddress("ada@example.org"), session_id=SESSION, issued_at=NOW - SECOND
)


class Gateways:
    """Two gateways that share a storage."""

    def __init__(self) -> None:
        self.clock = ManualClock(NOW)
        self.ends = InMemoryAccessEndRepository()
        self.first, self.second = (
            EndedAccess(ends=self.ends, clock=self.clock, policy=EndedAccessPolicy(most=3)) for _ in range(2)
        )


@pytest.fixture
async def gateways() -> Gateways:
    made = Gateways()
    await made.first.refresh()
    await made.second.refresh()
    return made


def test_nothing_is_said_before_anything_was_read() -> None:
    """A gateway that starts while the storage is down must not let in what was ended."""
    with pytest.raises(ServiceUnavailableError):
        Gateways().first.has_ended(CALLER)


async def test_an_end_counts_at_once_where_it_is_recorded_and_elsewhere_once_it_is_read(
    gateways: Gateways,
) -> None:
    await gateways.first.record(ADA, NOW)
    assert gateways.first.has_ended(CALLER)
    assert not gateways.second.has_ended(CALLER)

    await gateways.second.refresh()

    assert gateways.second.has_ended(CALLER)


async def test_an_end_of_all_access_ends_what_was_issued_before(gateways: Gateways) -> None:
    """Of that user alone. An API key is not issued with a log-in: it is looked up again instead."""
    await gateways.first.record(ADA, NOW)

    assert gateways.first.has_ended(replace(CALLER, issued_at=NOW))
    assert not gateways.first.has_ended(replace(CALLER, issued_at=NOW + timedelta(microseconds=1)))
    assert not gateways.first.has_ended(replace(CALLER, user_id=BOB))
    assert not gateways.first.has_ended(replace(CALLER, issued_at=None))
    assert gateways.first.has_ended_since(ADA, NOW)
    assert not gateways.first.has_ended_since(ADA, NOW + SECOND)


async def test_an_end_of_a_session_ends_its_tokens_whenever_they_were_issued(gateways: Gateways) -> None:
    await gateways.first.record(SESSION, NOW)

    assert gateways.first.has_ended(replace(CALLER, issued_at=NOW + SECOND))
    assert not gateways.first.has_ended(replace(CALLER, session_id=SessionId("another")))
    assert not gateways.first.has_ended(replace(CALLER, session_id=None))


async def test_an_earlier_end_that_is_heard_of_later_takes_nothing_back(gateways: Gateways) -> None:
    await gateways.first.record(ADA, NOW)
    await gateways.first.record(ADA, NOW - DAY)

    assert gateways.first.has_ended(CALLER)


async def test_an_end_is_read_that_was_recorded_by_a_clock_that_is_behind(gateways: Gateways) -> None:
    gateways.clock.advance(timedelta(minutes=1))
    await gateways.second.refresh()
    gateways.clock.advance(-timedelta(minutes=1))
    await gateways.first.record(ADA, NOW)
    gateways.clock.advance(timedelta(minutes=1, seconds=10))

    await gateways.second.refresh()

    assert gateways.second.has_ended(CALLER)


async def test_a_gateway_that_starts_reads_what_was_recorded_before(gateways: Gateways) -> None:
    await gateways.first.record(ADA, NOW)
    gateways.clock.advance(timedelta(hours=24))
    started = EndedAccess(ends=gateways.ends, clock=gateways.clock, policy=EndedAccessPolicy())

    await started.refresh()

    assert started.has_ended(CALLER)


async def test_what_no_token_outlasts_is_forgotten(gateways: Gateways) -> None:
    await gateways.first.record(ADA, NOW)
    gateways.clock.advance(timedelta(hours=26))
    await gateways.first.refresh()

    assert not gateways.first.has_ended(CALLER)
    assert await gateways.first.forget_old() == 1
    assert await gateways.first.forget_old() == 0


async def test_no_more_ends_are_held_than_the_policy_allows(gateways: Gateways) -> None:
    """Those that were heard of longest ago go first."""
    for number in range(4):
        await gateways.first.record(f"session {number}", NOW)

    assert not gateways.first.has_ended(replace(CALLER, session_id=SessionId("session 0")))
    assert gateways.first.has_ended(replace(CALLER, session_id=SessionId("session 3")))
