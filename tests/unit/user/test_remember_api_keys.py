"""What is known of API keys holds for a while, and longer where it can't be looked up."""

import asyncio
from datetime import timedelta
from itertools import islice

import pytest
from typing_extensions import override

from tests.contracts.api_key_verifier import ApiKeyVerifierContract, KeyStock
from tests.contracts.examples import ADA, DAY, NOW
from tracklift_adapters.in_memory.clock import ManualClock
from tracklift_domain.errors import ServiceUnavailableError, TooBusyError
from tracklift_domain.user.access.caller import Caller
from tracklift_domain.user.api_key.errors import ApiKeyExpiredError, InvalidApiKeyError
from tracklift_domain.user.api_key.policies import RememberedKeyPolicy
from tracklift_domain.user.api_key.ports import ApiKeyVerifier
from tracklift_domain.user.api_key.remember_api_keys import RememberApiKeys
from tracklift_domain.user.api_key.verify_api_key import VerifyApiKey
from tracklift_domain.user.email_address import EmailAddress

POLICY = RememberedKeyPolicy()
SECOND = timedelta(seconds=1)
CALLER = Caller(user_id=ADA, email=EmailAddress("ada@example.org"), scopes=frozenset())
DOWN = ServiceUnavailableError("The auth service", "it is down.")
KEY = "the hash of a key"


class Register(ApiKeyVerifier):
    """Answers as it is told, when it is told, and counts the questions."""

    def __init__(self) -> None:
        self.answer: Caller | Exception = CALLER
        self.asked: list[str] = []
        self.at_work = asyncio.Event()
        self.may_answer = asyncio.Event()
        self.may_answer.set()

    @override
    async def verify(self, key_hash: str) -> Caller:
        self.asked.append(key_hash)
        self.at_work.set()
        await self.may_answer.wait()
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(NOW)


@pytest.fixture
def register() -> Register:
    return Register()


@pytest.fixture
def remembered(register: Register, clock: ManualClock) -> RememberApiKeys:
    return RememberApiKeys(verifier=register, clock=clock, policy=POLICY)


async def test_it_is_told_which_keys_need_no_look_up(
    remembered: RememberApiKeys, register: Register, clock: ManualClock
) -> None:
    """Those that were valid when they were looked up last, and for a while those that were none."""
    assert not remembered.remembers(KEY)
    await remembered.verify(KEY)
    register.answer = InvalidApiKeyError()
    with pytest.raises(InvalidApiKeyError):
        await remembered.verify("made up")
    assert remembered.remembers(KEY)
    assert remembered.remembers("made up")

    clock.advance(POLICY.fresh + SECOND)

    assert remembered.remembers(KEY)
    assert not remembered.remembers("made up")


class TestRememberApiKeys(ApiKeyVerifierContract):
    @pytest.fixture
    @override
    def verifier(self, stock: KeyStock) -> ApiKeyVerifier:
        looked_up = VerifyApiKey(keys=stock.keys, users=stock.users, clock=stock.clock)
        return RememberApiKeys(verifier=looked_up, clock=stock.clock, policy=POLICY)


class TestWhileItCanBeAsked:
    async def test_a_look_up_serves_many_requests(
        self, remembered: RememberApiKeys, register: Register, clock: ManualClock
    ) -> None:
        for _ in range(30):
            assert await remembered.verify(KEY) == CALLER
            clock.advance(SECOND)

        assert register.asked == [KEY]
        await remembered.verify(KEY)
        assert register.asked == [KEY, KEY]

    async def test_requests_at_once_share_a_look_up(
        self, remembered: RememberApiKeys, register: Register
    ) -> None:
        assert await asyncio.gather(*(remembered.verify(KEY) for _ in range(50))) == [CALLER] * 50

        assert register.asked == [KEY]

    async def test_each_key_is_looked_up_by_itself(
        self, remembered: RememberApiKeys, register: Register
    ) -> None:
        await asyncio.gather(remembered.verify("one"), remembered.verify("other"))

        assert register.asked == ["one", "other"]

    async def test_one_who_goes_away_spoils_nothing_for_the_others(
        self, remembered: RememberApiKeys, register: Register
    ) -> None:
        register.may_answer.clear()
        first = asyncio.create_task(remembered.verify(KEY))
        await register.at_work.wait()
        second = asyncio.create_task(remembered.verify(KEY))
        first.cancel()
        with pytest.raises(asyncio.CancelledError):
            await first
        register.may_answer.set()

        assert await second == CALLER
        assert register.asked == [KEY]

    async def test_a_refusal_that_no_request_waits_for_is_no_forgotten_error(
        self, remembered: RememberApiKeys, register: Register
    ) -> None:
        register.may_answer.clear()
        register.answer = InvalidApiKeyError()
        only = asyncio.create_task(remembered.verify(KEY))
        await register.at_work.wait()
        only.cancel()
        with pytest.raises(asyncio.CancelledError):
            await only
        register.may_answer.set()

        with pytest.raises(InvalidApiKeyError):
            await remembered.verify(KEY)

    async def test_what_is_no_key_is_remembered_as_long(
        self, remembered: RememberApiKeys, register: Register, clock: ManualClock
    ) -> None:
        register.answer = InvalidApiKeyError()

        for _ in range(30):
            with pytest.raises(InvalidApiKeyError):
                await remembered.verify(KEY)
            clock.advance(SECOND)

        assert register.asked == [KEY]
        register.answer = CALLER
        assert await remembered.verify(KEY) == CALLER

    async def test_a_revoked_key_is_refused_once_what_is_known_is_old(
        self, remembered: RememberApiKeys, register: Register, clock: ManualClock
    ) -> None:
        await remembered.verify(KEY)
        register.answer = InvalidApiKeyError()
        clock.advance(POLICY.fresh - SECOND)

        await remembered.verify(KEY)
        clock.advance(SECOND)
        with pytest.raises(InvalidApiKeyError):
            await remembered.verify(KEY)
        register.answer = DOWN
        clock.advance(POLICY.fresh)
        with pytest.raises(ServiceUnavailableError):
            await remembered.verify(KEY)

    async def test_the_age_counts_from_the_question_and_not_from_a_slow_answer(
        self, remembered: RememberApiKeys, register: Register, clock: ManualClock
    ) -> None:
        """The key may have been revoked while the answer was on its way."""
        register.may_answer.clear()
        asking = asyncio.create_task(remembered.verify(KEY))
        await register.at_work.wait()
        clock.advance(timedelta(seconds=20))
        register.may_answer.set()
        await asking

        clock.advance(timedelta(seconds=10))
        await remembered.verify(KEY)

        assert len(register.asked) == 2

    async def test_a_clock_that_is_set_back_makes_nothing_last_longer(
        self, remembered: RememberApiKeys, register: Register, clock: ManualClock
    ) -> None:
        await remembered.verify(KEY)
        register.answer = InvalidApiKeyError()

        clock.advance(-DAY)

        with pytest.raises(InvalidApiKeyError):
            await remembered.verify(KEY)

    async def test_a_known_key_that_expires_is_refused_without_a_look_up(
        self, remembered: RememberApiKeys, register: Register, clock: ManualClock
    ) -> None:
        register.answer = Caller(
            user_id=ADA, email=CALLER.email, scopes=frozenset(), expires_at=NOW + 10 * SECOND
        )
        await remembered.verify(KEY)
        clock.advance(10 * SECOND)

        with pytest.raises(ApiKeyExpiredError):
            await remembered.verify(KEY)

        assert len(register.asked) == 1


class TestWhileItCanNotBeAsked:
    async def test_a_known_key_goes_on_working_for_the_stated_time(
        self, remembered: RememberApiKeys, register: Register, clock: ManualClock
    ) -> None:
        await remembered.verify(KEY)
        register.answer = DOWN
        clock.advance(POLICY.fresh)

        while clock.now() < NOW + POLICY.outage:
            assert await remembered.verify(KEY) == CALLER
            clock.advance(SECOND)

        with pytest.raises(ServiceUnavailableError):
            await remembered.verify(KEY)

    async def test_a_key_that_is_not_known_waits_for_the_end_of_the_outage(
        self, remembered: RememberApiKeys, register: Register
    ) -> None:
        register.answer = DOWN
        with pytest.raises(ServiceUnavailableError):
            await remembered.verify(KEY)

        register.answer = CALLER
        assert await remembered.verify(KEY) == CALLER

    async def test_it_is_asked_again_after_a_pause(
        self, remembered: RememberApiKeys, register: Register, clock: ManualClock
    ) -> None:
        await remembered.verify(KEY)
        register.answer = DOWN
        clock.advance(POLICY.fresh)
        await remembered.verify(KEY)

        for _ in range(100):
            await remembered.verify(KEY)
        assert len(register.asked) == 2

        register.at_work.clear()
        clock.advance(POLICY.retry)
        await remembered.verify(KEY)
        await register.at_work.wait()
        assert len(register.asked) == 3

    async def test_one_request_at_most_waits_for_a_look_up_that_hangs(
        self, remembered: RememberApiKeys, register: Register, clock: ManualClock
    ) -> None:
        await remembered.verify(KEY)
        register.answer = DOWN
        clock.advance(POLICY.fresh)
        await remembered.verify(KEY)
        register.may_answer.clear()
        clock.advance(POLICY.retry)

        assert await remembered.verify(KEY) == CALLER
        assert await remembered.verify(KEY) == CALLER

    async def test_an_outage_that_is_long_over_lets_no_revoked_key_in(
        self, remembered: RememberApiKeys, register: Register, clock: ManualClock
    ) -> None:
        """The key was not used since the look-up that failed."""
        await remembered.verify(KEY)
        register.answer = DOWN
        clock.advance(POLICY.fresh)
        await remembered.verify(KEY)
        register.answer = InvalidApiKeyError()
        clock.advance(POLICY.fresh)

        with pytest.raises(InvalidApiKeyError):
            await remembered.verify(KEY)

    async def test_a_key_that_was_revoked_meanwhile_is_refused_when_it_can_be_asked_again(
        self, remembered: RememberApiKeys, register: Register, clock: ManualClock
    ) -> None:
        await remembered.verify(KEY)
        register.answer = DOWN
        clock.advance(POLICY.fresh)
        await remembered.verify(KEY)
        register.answer = InvalidApiKeyError()
        register.at_work.clear()
        clock.advance(POLICY.retry)

        await remembered.verify(KEY)
        await register.at_work.wait()

        with pytest.raises(InvalidApiKeyError):
            await remembered.verify(KEY)

    async def test_the_outage_is_over_with_the_first_answer(
        self, remembered: RememberApiKeys, register: Register, clock: ManualClock
    ) -> None:
        await remembered.verify(KEY)
        register.answer = DOWN
        clock.advance(POLICY.outage - SECOND)
        await remembered.verify(KEY)
        register.answer = CALLER
        clock.advance(POLICY.retry)
        await remembered.verify(KEY)

        register.answer = DOWN
        clock.advance(POLICY.outage - SECOND)
        assert await remembered.verify(KEY) == CALLER


class TestBounds:
    async def test_the_keys_that_were_used_last_are_remembered(
        self, register: Register, clock: ManualClock
    ) -> None:
        remembered = RememberApiKeys(
            verifier=register, clock=clock, policy=RememberedKeyPolicy(known=2, unknown=2)
        )
        for key in ("one", "two", "one", "three", "one"):
            await remembered.verify(key)
        assert register.asked == ["one", "two", "three"]

        await remembered.verify("two")
        assert register.asked == ["one", "two", "three", "two"]

    async def test_a_flood_of_unknown_keys_displaces_no_known_one(
        self, register: Register, clock: ManualClock
    ) -> None:
        remembered = RememberApiKeys(
            verifier=register, clock=clock, policy=RememberedKeyPolicy(known=2, unknown=2)
        )
        await remembered.verify("known")
        register.answer = InvalidApiKeyError()
        for number in range(100):
            with pytest.raises(InvalidApiKeyError):
                await remembered.verify(str(number))

        assert await remembered.verify("known") == CALLER
        with pytest.raises(InvalidApiKeyError):
            await remembered.verify("99")
        assert len(register.asked) == 101
        with pytest.raises(InvalidApiKeyError):
            await remembered.verify("0")
        assert len(register.asked) == 102

    async def test_of_many_unknown_keys_at_once_only_so_many_are_looked_up(
        self, register: Register, clock: ManualClock
    ) -> None:
        """And known ones all the same: else a flood would keep a revoked key alive."""
        remembered = RememberApiKeys(verifier=register, clock=clock, policy=RememberedKeyPolicy(look_ups=3))
        await remembered.verify("known")
        register.may_answer.clear()
        clock.advance(POLICY.fresh)
        flood = [asyncio.create_task(remembered.verify(str(number))) for number in range(10)]
        for one in islice(asyncio.as_completed(flood), 7):
            with pytest.raises(TooBusyError):
                await one

        again = asyncio.create_task(remembered.verify("0"))
        register.at_work.clear()
        known = asyncio.create_task(remembered.verify("known"))
        await register.at_work.wait()
        register.may_answer.set()

        assert await known == await again == CALLER
        await asyncio.wait(flood)
        assert sum(one.exception() is None for one in flood) == 3
