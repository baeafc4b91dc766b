"""Who calls, showing the account, and deleting it."""

from dataclasses import replace

import pytest

from tests.contracts.examples import NOW
from tests.unit.user.doubles import LASTS
from tests.unit.user.reception import Reception
from tracklift_domain.user.access.caller import Caller
from tracklift_domain.user.access.errors import InvalidTokenError, TokenExpiredError
from tracklift_domain.user.errors import UserNotFoundError
from tracklift_domain.user.events import UserDeleted
from tracklift_domain.user.session.session_keeper import split_refresh_token

PASSWORD = "correct horse battery staple"


async def calls(reception: Reception) -> Caller:
    user = await reception.register("ada@example.org", PASSWORD)
    return Caller(user_id=user.id, email=user.email)


class TestIdentifying:
    async def test_a_token_names_its_caller_until_it_expires(self, reception: Reception) -> None:
        caller = await calls(reception)
        tokens = await reception.log_in("ada@example.org", PASSWORD)
        session_id, _ = split_refresh_token(tokens.refresh)
        token = tokens.access.value
        assert reception.identify(token) == replace(caller, session_id=session_id)
        reception.clock.advance(LASTS)
        with pytest.raises(TokenExpiredError):
            reception.identify(token)

    def test_nonsense_names_nobody(self, reception: Reception) -> None:
        with pytest.raises(InvalidTokenError, match="can't be read"):
            reception.identify("nonsense")


class TestShowing:
    async def test_a_caller_gets_the_account(self, reception: Reception) -> None:
        caller = await calls(reception)
        user = await reception.get_user(caller)
        assert (user.id, user.email) == (caller.user_id, caller.email)

    async def test_a_deleted_account_is_not_found_while_its_token_still_holds(
        self, reception: Reception
    ) -> None:
        caller = await calls(reception)
        await reception.delete_user(caller)
        with pytest.raises(UserNotFoundError) as refused:
            await reception.get_user(caller)
        assert refused.value.user == caller.user_id


class TestDeleting:
    async def test_a_deleted_account_is_announced_with_its_removal(self, reception: Reception) -> None:
        caller = await calls(reception)
        await reception.delete_user(caller)
        event = (await reception.outbox.pending(limit=10))[-1]
        assert isinstance(event, UserDeleted)
        assert (event.user_id, event.subject, event.time) == (caller.user_id, caller.user_id, NOW)
        assert (event.type, event.source) == ("tracklift.user.deleted.v1", "/tracklift/users")

    async def test_deleting_it_again_finds_nothing_and_announces_nothing(self, reception: Reception) -> None:
        caller = await calls(reception)
        await reception.delete_user(caller)
        with pytest.raises(UserNotFoundError):
            await reception.delete_user(caller)
        events = await reception.outbox.pending(limit=10)
        assert [type(event) for event in events].count(UserDeleted) == 1

    async def test_its_address_can_sign_up_anew(self, reception: Reception) -> None:
        caller = await calls(reception)
        await reception.delete_user(caller)
        assert (await calls(reception)).user_id != caller.user_id
