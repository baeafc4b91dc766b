"""Users set up a second factor, and log in with its codes."""

import asyncio
from datetime import timedelta

import pytest
from typing_extensions import override

from tests.unit.user.reception import Reception
from tracklift_adapters.in_memory.second_factors import InMemorySecondFactorRepository
from tracklift_domain.identifiers import UserId
from tracklift_domain.user.access.caller import Caller
from tracklift_domain.user.access.errors import InsufficientScopeError
from tracklift_domain.user.access.scope import Scope
from tracklift_domain.user.administration.errors import OwnAccountError
from tracklift_domain.user.errors import UserNotFoundError
from tracklift_domain.user.password.errors import WrongPasswordError
from tracklift_domain.user.password.password import LONGEST_CHECKED
from tracklift_domain.user.second_factor.check_second_factor import CheckSecondFactor
from tracklift_domain.user.second_factor.confirm_second_factor import ConfirmSecondFactor
from tracklift_domain.user.second_factor.errors import (
    SecondFactorExistsError,
    SecondFactorNotFoundError,
    SecondFactorRequiredError,
    StaleSecondFactorError,
    TooManyWrongCodesError,
    WrongSecondFactorError,
)
from tracklift_domain.user.second_factor.events import SecondFactorRemoved
from tracklift_domain.user.second_factor.second_factor import LONGEST_CODE, RECOVERY_CODES, SecondFactor
from tracklift_domain.user.session.errors import WrongCredentialsError
from tracklift_domain.user.session.session import TokenPair
from tracklift_domain.user.user import User

PASSWORD = "correct horse battery staple"
MINUTE = timedelta(minutes=1)
WRONG = "9999999999"
ADMIN = UserId("c0ffee" * 5 + "c0")


@pytest.fixture
async def ada(reception: Reception) -> User:
    return await reception.register("ada@example.org", PASSWORD)


@pytest.fixture
async def caller(reception: Reception, ada: User) -> Caller:
    tokens = await reception.log_in("ada@example.org", PASSWORD)
    return reception.identify(tokens.access.value)


def shown(reception: Reception) -> str:
    """Give the code that the app shows now."""
    return reception.codes.code(reception.clock.now())


async def set_up(reception: Reception, caller: Caller) -> list[str]:
    """Set up a second factor, give its recovery codes, and wait for the app's next code."""
    await reception.begin_second_factor(caller, PASSWORD)
    codes = await reception.confirm_second_factor(caller, shown(reception))
    reception.clock.advance(MINUTE)
    return list(codes)


async def removals(reception: Reception) -> list[SecondFactorRemoved]:
    """Give what users are to be told of."""
    pending = await reception.outbox.pending(limit=100)
    return [event for event in pending if isinstance(event, SecondFactorRemoved)]


async def log_in(reception: Reception, code: str | None = None, password: str = PASSWORD) -> TokenPair:
    return await reception.log_in("ada@example.org", password, None, code)


class TestSettingUp:
    async def test_the_secret_is_shown_as_text_and_as_an_address(
        self, reception: Reception, caller: Caller
    ) -> None:
        new = await reception.begin_second_factor(caller, PASSWORD)

        assert new.secret == "SECRET1"
        assert new.address == "otpauth://ada@example.org/SECRET1"

    async def test_it_is_not_asked_for_before_its_first_code_was_shown(
        self, reception: Reception, caller: Caller
    ) -> None:
        await reception.begin_second_factor(caller, PASSWORD)

        assert (await log_in(reception)).access.value
        factor = await reception.get_second_factor(caller)
        assert factor is not None
        assert not factor.is_active

    async def test_one_that_was_not_confirmed_is_begun_anew(
        self, reception: Reception, caller: Caller
    ) -> None:
        await reception.begin_second_factor(caller, PASSWORD)
        assert (await reception.begin_second_factor(caller, PASSWORD)).secret == "SECRET2"

    async def test_a_wrong_first_code_confirms_nothing(self, reception: Reception, caller: Caller) -> None:
        await reception.begin_second_factor(caller, PASSWORD)
        for _ in range(20):
            with pytest.raises(WrongSecondFactorError):
                await reception.confirm_second_factor(caller, WRONG)

        assert await reception.confirm_second_factor(caller, shown(reception))

    async def test_a_second_one_is_refused(self, reception: Reception, caller: Caller) -> None:
        await set_up(reception, caller)

        with pytest.raises(SecondFactorExistsError):
            await reception.begin_second_factor(caller, PASSWORD)
        with pytest.raises(SecondFactorExistsError):
            await reception.confirm_second_factor(caller, shown(reception))

    async def test_what_was_not_begun_is_not_confirmed(self, reception: Reception, caller: Caller) -> None:
        with pytest.raises(SecondFactorNotFoundError):
            await reception.confirm_second_factor(caller, shown(reception))
        assert await reception.get_second_factor(caller) is None

    @pytest.mark.parametrize("password", ["", "another one", "x" * (LONGEST_CHECKED + 1), "half a \ud83d"])
    async def test_a_stolen_session_without_the_password_sets_up_none(
        self, reception: Reception, caller: Caller, password: str
    ) -> None:
        with pytest.raises(WrongPasswordError):
            await reception.begin_second_factor(caller, password)

    async def test_an_api_key_neither_sees_nor_changes_it(self, reception: Reception, caller: Caller) -> None:
        key = Caller(user_id=caller.user_id, email=caller.email, scopes=frozenset(Scope))
        await set_up(reception, caller)

        with pytest.raises(InsufficientScopeError):
            await reception.get_second_factor(key)
        with pytest.raises(InsufficientScopeError):
            await reception.begin_second_factor(key, PASSWORD)
        with pytest.raises(InsufficientScopeError):
            await reception.confirm_second_factor(key, shown(reception))
        with pytest.raises(InsufficientScopeError):
            await reception.remove_second_factor(key, PASSWORD, shown(reception))

    async def test_two_confirmations_at_once_give_recovery_codes_once(
        self, reception: Reception, caller: Caller
    ) -> None:
        await reception.begin_second_factor(caller, PASSWORD)

        class Overtaken(InMemorySecondFactorRepository):
            @override
            async def get(self, user_id: object) -> SecondFactor:
                return await reception.second_factors.get(caller.user_id)

            @override
            async def replace(self, factor: SecondFactor) -> None:
                await reception.second_factors.replace(factor)
                raise StaleSecondFactorError

        factors = Overtaken(reception.users, reception.outbox)
        confirm = ConfirmSecondFactor(
            check_second_factor=reception.check_second_factor,
            factors=factors,
            clock=reception.clock,
            identifiers=reception.identifiers,
        )
        with pytest.raises(SecondFactorExistsError):
            await confirm(caller, shown(reception))


class TestLoggingIn:
    async def test_a_code_is_asked_for_behind_the_password(
        self, reception: Reception, caller: Caller
    ) -> None:
        await set_up(reception, caller)

        with pytest.raises(SecondFactorRequiredError):
            await log_in(reception)
        with pytest.raises(SecondFactorRequiredError):
            await log_in(reception, "")
        assert (await log_in(reception, shown(reception))).access.value

    async def test_without_the_password_nothing_is_told_of_a_second_factor(
        self, reception: Reception, caller: Caller
    ) -> None:
        await set_up(reception, caller)

        for code in (None, WRONG, shown(reception)):
            with pytest.raises(WrongCredentialsError):
                await log_in(reception, code, "a wrong password")

    async def test_a_code_is_ignored_where_there_is_no_second_factor(
        self, reception: Reception, caller: Caller
    ) -> None:
        assert (await log_in(reception, WRONG)).access.value

    async def test_a_code_works_once(self, reception: Reception, caller: Caller) -> None:
        """Also that with which it was confirmed, and any that is older than the last one."""
        await reception.begin_second_factor(caller, PASSWORD)
        first = shown(reception)
        await reception.confirm_second_factor(caller, first)
        with pytest.raises(WrongSecondFactorError):
            await log_in(reception, first)
        reception.clock.advance(MINUTE)
        second = shown(reception)
        await log_in(reception, second)

        for code in (first, second):
            with pytest.raises(WrongSecondFactorError):
                await log_in(reception, code)

    async def test_of_many_log_ins_with_one_code_one_succeeds(
        self, reception: Reception, caller: Caller
    ) -> None:
        await set_up(reception, caller)
        code = shown(reception)

        answers = await asyncio.gather(
            *(reception.check_second_factor(caller.user_id, code) for _ in range(3)), return_exceptions=True
        )

        assert answers.count(None) == 1

    async def test_a_code_is_compared_again_when_another_log_in_was_faster(
        self, reception: Reception, caller: Caller
    ) -> None:
        await set_up(reception, caller)
        code = shown(reception)

        class Overtaken(InMemorySecondFactorRepository):
            @override
            async def get(self, user_id: object) -> SecondFactor:
                return await reception.second_factors.get(caller.user_id)

            @override
            async def replace(self, factor: SecondFactor) -> None:
                await reception.second_factors.replace(factor)
                raise StaleSecondFactorError

        check = CheckSecondFactor(
            factors=Overtaken(reception.users, reception.outbox), codes=reception.codes, clock=reception.clock
        )
        # The other one used the same code; so it is wrong by now, and too many wrong ones end the loop.
        with pytest.raises(TooManyWrongCodesError):
            await check(caller.user_id, code)

    async def test_a_recovery_code_works_once_however_it_is_typed(
        self, reception: Reception, caller: Caller
    ) -> None:
        first, second, *_ = await set_up(reception, caller)

        await log_in(reception, first)
        await log_in(reception, f" {second.lower().replace('-', ' ')} ")

        for code in (first, second):
            with pytest.raises(WrongSecondFactorError):
                await log_in(reception, code)
        factor = await reception.get_second_factor(caller)
        assert factor is not None
        assert len(factor.recovery_hashes) == RECOVERY_CODES - 2

    @pytest.mark.parametrize("code", [WRONG, "x", "🙁", "A" * LONGEST_CODE, "A" * (LONGEST_CODE + 1)])
    async def test_anything_else_is_a_wrong_code(
        self, reception: Reception, caller: Caller, code: str
    ) -> None:
        await set_up(reception, caller)

        with pytest.raises(WrongSecondFactorError):
            await log_in(reception, code)


class TestGuessing:
    async def test_after_several_wrong_codes_each_has_to_wait_longer(
        self, reception: Reception, caller: Caller
    ) -> None:
        await set_up(reception, caller)
        for _ in range(4):
            with pytest.raises(WrongSecondFactorError):
                await log_in(reception, WRONG)
        waits = []
        for _ in range(7):
            with pytest.raises(WrongSecondFactorError):
                await log_in(reception, WRONG)
            with pytest.raises(TooManyWrongCodesError) as refused:
                await log_in(reception, WRONG)
            waits.append(refused.value.retry_after.total_seconds())
            reception.clock.advance(refused.value.retry_after)

        assert waits == [30, 60, 120, 240, 480, 900, 900]

    async def test_the_right_code_has_to_wait_too(self, reception: Reception, caller: Caller) -> None:
        await set_up(reception, caller)
        for _ in range(5):
            with pytest.raises(WrongSecondFactorError):
                await log_in(reception, WRONG)

        with pytest.raises(TooManyWrongCodesError) as refused:
            await log_in(reception, shown(reception))

        reception.clock.advance(refused.value.retry_after)
        await log_in(reception, shown(reception))

    async def test_a_right_code_forgives_the_wrong_ones(self, reception: Reception, caller: Caller) -> None:
        recovery, *_ = await set_up(reception, caller)
        for right in (shown(reception), recovery):
            for _ in range(4):
                with pytest.raises(WrongSecondFactorError):
                    await log_in(reception, WRONG)
            await log_in(reception, right)

    async def test_wrong_passwords_make_nobody_wait(self, reception: Reception, caller: Caller) -> None:
        await set_up(reception, caller)
        for _ in range(20):
            with pytest.raises(WrongCredentialsError):
                await log_in(reception, WRONG, "a wrong password")

        assert (await log_in(reception, shown(reception))).access.value

    async def test_a_clock_that_was_set_back_makes_nobody_wait_longer(
        self, reception: Reception, caller: Caller
    ) -> None:
        await set_up(reception, caller)
        for _ in range(5):
            with pytest.raises(WrongSecondFactorError):
                await log_in(reception, WRONG)
        factor = await reception.second_factors.get(caller.user_id)

        assert factor.wait(reception.clock.now() - timedelta(days=1)) == timedelta(seconds=30)


class TestRemoving:
    async def test_password_and_code_remove_it(self, reception: Reception, caller: Caller) -> None:
        await set_up(reception, caller)

        await reception.remove_second_factor(caller, PASSWORD, shown(reception))

        assert (await log_in(reception)).access.value
        assert await reception.get_second_factor(caller) is None
        (told,) = await removals(reception)
        assert (told.user_id, told.email, told.by_admin) == (caller.user_id, "ada@example.org", False)

    async def test_one_of_both_is_not_enough(self, reception: Reception, caller: Caller) -> None:
        await set_up(reception, caller)

        with pytest.raises(WrongPasswordError):
            await reception.remove_second_factor(caller, "a wrong password", shown(reception))
        with pytest.raises(WrongSecondFactorError):
            await reception.remove_second_factor(caller, PASSWORD, WRONG)
        with pytest.raises(SecondFactorRequiredError):
            await reception.remove_second_factor(caller, PASSWORD, "")
        with pytest.raises(SecondFactorRequiredError):
            await log_in(reception)

    async def test_one_that_was_not_confirmed_takes_the_password_alone(
        self, reception: Reception, caller: Caller
    ) -> None:
        await reception.begin_second_factor(caller, PASSWORD)

        await reception.remove_second_factor(caller, PASSWORD, "")
        await reception.remove_second_factor(caller, PASSWORD, "")

        assert await reception.get_second_factor(caller) is None
        assert await removals(reception) == [], "it was never asked for"


class TestRemovingSomebodyElses:
    async def test_an_admin_lets_a_user_in_by_the_password_alone_and_the_user_is_told(
        self, reception: Reception, caller: Caller, caplog: pytest.LogCaptureFixture
    ) -> None:
        await set_up(reception, caller)

        with caplog.at_level("INFO", "tracklift_domain"):
            await reception.remove_users_second_factor(caller.user_id, by=ADMIN)

        assert (await log_in(reception)).access.value
        (told,) = await removals(reception)
        assert (told.user_id, told.email, told.by_admin) == (caller.user_id, "ada@example.org", True)
        assert f"second factor of user {caller.user_id} was removed by {ADMIN}" in caplog.text

    async def test_the_operator_does_so_without_an_admin(
        self, reception: Reception, caller: Caller, caplog: pytest.LogCaptureFixture
    ) -> None:
        await set_up(reception, caller)

        with caplog.at_level("INFO", "tracklift_domain"):
            await reception.remove_users_second_factor(caller.user_id)

        assert (await log_in(reception)).access.value
        assert "was removed by the operator" in caplog.text

    async def test_each_one_that_is_set_up_and_removed_is_told_of(
        self, reception: Reception, caller: Caller
    ) -> None:
        for _ in range(2):
            await set_up(reception, caller)
            await reception.remove_users_second_factor(caller.user_id)

        first, second = await removals(reception)
        assert first.id != second.id

    async def test_admins_take_password_and_code_for_their_own(
        self, reception: Reception, caller: Caller
    ) -> None:
        await set_up(reception, caller)

        with pytest.raises(OwnAccountError):
            await reception.remove_users_second_factor(caller.user_id, by=caller.user_id)

        with pytest.raises(SecondFactorRequiredError):
            await log_in(reception)

    async def test_where_none_is_asked_for_there_is_none_to_remove(
        self, reception: Reception, caller: Caller
    ) -> None:
        with pytest.raises(SecondFactorNotFoundError, match=r"^This user has no second factor\.$"):
            await reception.remove_users_second_factor(caller.user_id)
        await reception.begin_second_factor(caller, PASSWORD)
        with pytest.raises(SecondFactorNotFoundError, match=r"^This user has no second factor\.$"):
            await reception.remove_users_second_factor(caller.user_id)
        with pytest.raises(UserNotFoundError):
            await reception.remove_users_second_factor(ADMIN)

        assert await removals(reception) == []
