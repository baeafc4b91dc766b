from dataclasses import replace

import pytest

from tests.unit.user.reception import Reception
from tests.unit.user.test_sign_in_with_provider import sign_in
from tracklift_domain.user.access.errors import InsufficientScopeError
from tracklift_domain.user.access.scope import Scope
from tracklift_domain.user.errors import UserNotFoundError


async def test_a_user_gets_all_that_belongs_to_the_account_and_nothing_of_others(
    reception: Reception,
) -> None:
    other = await reception.register("bob@example.org", "correct horse battery")
    bob = await reception.call("bob@example.org", "correct horse battery")
    await reception.create_key(bob, name="bob's", scopes=list(Scope))
    caller = await sign_in(reception)
    made = await reception.create_key(caller, name="ada's", scopes=list(Scope))

    data = await reception.export_account(caller)

    assert data.user == await reception.users.get(caller.user_id) != other
    assert [session.id for session in data.sessions] == [caller.session_id]
    assert list(data.api_keys) == [made.key]
    assert [identity.subject for identity in data.identities] == ["ada-1"]


async def test_an_api_key_exports_nothing_and_neither_does_who_is_gone(reception: Reception) -> None:
    caller = await sign_in(reception)

    with pytest.raises(InsufficientScopeError):
        await reception.export_account(replace(caller, scopes=frozenset(Scope)))
    await reception.delete_user(caller)
    with pytest.raises(UserNotFoundError):
        await reception.export_account(caller)
