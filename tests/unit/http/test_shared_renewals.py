"""The pages of one browser renew its session together."""

import asyncio
from datetime import timedelta

import pytest
from typing_extensions import override

from tests.contracts.examples import DAY, NOW
from tracklift_adapters.in_memory.clock import ManualClock
from tracklift_domain.errors import DomainError, ServiceUnavailableError
from tracklift_domain.user.access.caller import AccessToken
from tracklift_domain.user.session.errors import InvalidGrantError
from tracklift_domain.user.session.session import TokenPair
from tracklift_gateway.browser_sessions import BrowserSessions
from tracklift_gateway.shared_renewals import SharedRenewals


class Sessions(BrowserSessions):
    """Counts its answers."""

    def __init__(self) -> None:
        self.renewed: list[str] = []
        self.ended: list[str] = []
        self.error: DomainError | None = None
        self.may_answer = asyncio.Event()
        self.may_answer.set()

    @override
    async def open(self, email: str, password: str, code: str | None, user_agent: str) -> TokenPair:
        return tokens(f"{email} {password} {code} {user_agent}")

    @override
    async def renew(self, refresh_token: str) -> TokenPair:
        self.renewed.append(refresh_token)
        await self.may_answer.wait()
        if self.error is not None:
            raise self.error
        return tokens(f"after {refresh_token}")

    @override
    async def end(self, refresh_token: str) -> None:
        self.ended.append(refresh_token)


def tokens(refresh: str) -> TokenPair:
    """Make tokens."""
    return TokenPair(
        access=AccessToken(value="an access token", expires_in=900), refresh=refresh, refresh_expires_in=9000
    )


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(NOW)


@pytest.fixture
def sessions() -> Sessions:
    return Sessions()


@pytest.fixture
def shared(sessions: Sessions, clock: ManualClock) -> SharedRenewals:
    return SharedRenewals(sessions, clock)


async def test_log_ins_and_log_outs_are_passed_through(shared: SharedRenewals, sessions: Sessions) -> None:
    opened = await shared.open("ada@example.org", "pass", "123456", "a browser")
    assert opened.refresh == "ada@example.org pass 123456 a browser"

    await shared.end("a token")

    assert sessions.ended == ["a token"]


async def test_renewals_of_one_token_at_once_are_one(shared: SharedRenewals, sessions: Sessions) -> None:
    answers = await asyncio.gather(*(shared.renew("one") for _ in range(50)))

    assert answers == [tokens("after one")] * 50
    assert sessions.renewed == ["one"]


async def test_a_late_page_gets_the_same_answer_for_half_a_minute(
    shared: SharedRenewals, sessions: Sessions, clock: ManualClock
) -> None:
    await shared.renew("one")
    clock.advance(timedelta(seconds=29))
    await shared.renew("one")
    assert sessions.renewed == ["one"]

    clock.advance(timedelta(seconds=1))
    await shared.renew("one")

    assert sessions.renewed == ["one", "one"]


async def test_each_token_is_renewed_by_itself(shared: SharedRenewals, sessions: Sessions) -> None:
    await shared.renew("one")

    assert (await shared.renew("other")).refresh == "after other"


async def test_a_clock_that_is_set_back_keeps_no_answer_longer(
    shared: SharedRenewals, sessions: Sessions, clock: ManualClock
) -> None:
    await shared.renew("one")
    clock.advance(-DAY)

    await shared.renew("one")

    assert sessions.renewed == ["one", "one"]


@pytest.mark.parametrize("error", [InvalidGrantError(), ServiceUnavailableError("Auth", "it is down.")])
async def test_a_refusal_is_not_kept(shared: SharedRenewals, sessions: Sessions, error: DomainError) -> None:
    """An outage passes; and a token that was refused is refused again by auth itself."""
    sessions.error = error
    with pytest.raises(type(error)):
        await shared.renew("one")
    sessions.error = None

    assert (await shared.renew("one")).refresh == "after one"


async def test_a_page_that_is_closed_spoils_nothing_for_the_others(
    shared: SharedRenewals, sessions: Sessions
) -> None:
    sessions.may_answer.clear()
    closed, open_ = (asyncio.create_task(shared.renew("one")) for _ in range(2))
    await asyncio.wait({closed}, timeout=0)
    closed.cancel()
    sessions.may_answer.set()

    assert await open_ == tokens("after one")
    assert sessions.renewed == ["one"]


async def test_memory_is_bounded(sessions: Sessions, clock: ManualClock) -> None:
    shared = SharedRenewals(sessions, clock, most=3)
    for number in range(10):
        await shared.renew(str(number))

    await shared.renew("9")
    assert len(sessions.renewed) == 10
    await shared.renew("0")
    assert len(sessions.renewed) == 11


async def test_a_token_that_is_no_text_breaks_nothing(shared: SharedRenewals) -> None:
    assert (await shared.renew("\ud800")).refresh
