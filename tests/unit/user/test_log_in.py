import pytest
from typing_extensions import override

from tests.unit.user.doubles import LASTS, LegibleHasher
from tests.unit.user.reception import Reception
from tracklift_domain.user.email_address import EmailAddress
from tracklift_domain.user.errors import WrongCredentialsError
from tracklift_domain.user.log_in import LogIn
from tracklift_domain.user.password import LONGEST_PASSWORD
from tracklift_domain.user.user import Caller

PASSWORD = "correct horse battery staple"


async def test_address_and_password_give_a_token_that_names_the_user(reception: Reception) -> None:
    user = await reception.register("ada@example.org", PASSWORD)
    tokens = await reception.log_in("ADA@example.org", PASSWORD)
    assert reception.identify(tokens.access.value) == Caller(user_id=user.id, email=user.email)
    assert tokens.access.expires_in == LASTS.total_seconds()


async def test_each_log_in_begins_a_session_of_its_own(reception: Reception) -> None:
    await reception.register("ada@example.org", PASSWORD)
    first = await reception.log_in("ada@example.org", PASSWORD)
    second = await reception.log_in("ada@example.org", PASSWORD)
    await reception.end_session(first.refresh)
    assert (await reception.refresh(second.refresh)).access.value


@pytest.mark.parametrize(
    ("email", "password"),
    [
        ("ada@example.org", "a wrong password"),
        ("ada@example.org", ""),
        ("ada@example.org", PASSWORD.upper()),
        ("ada@example.org", PASSWORD + " "),
        ("bob@example.org", PASSWORD),
        ("no address at all", PASSWORD),
        ("", ""),
    ],
)
async def test_a_wrong_address_and_a_wrong_password_look_the_same_and_cost_the_same(
    reception: Reception, email: str, password: str
) -> None:
    """Neither the answer nor the time it takes tells whether an address has an account."""
    await reception.register("ada@example.org", PASSWORD)
    work_before = reception.hasher.work
    with pytest.raises(WrongCredentialsError) as refused:
        await reception.log_in(email, password)
    assert str(refused.value) == str(WrongCredentialsError())
    assert reception.hasher.work == work_before + 1


async def test_the_first_unknown_address_after_a_start_costs_no_more_than_a_later_one(
    reception: Reception,
) -> None:
    costs = []
    for _ in range(3):
        before = reception.hasher.work
        with pytest.raises(WrongCredentialsError):
            await reception.log_in("nobody@example.org", PASSWORD)
        costs.append(reception.hasher.work - before)
    assert costs == [1, 1, 1]


@pytest.mark.parametrize("password", ["x" * (LONGEST_PASSWORD + 1), "half a \ud83d smiley"])
@pytest.mark.parametrize("email", ["ada@example.org", "nobody@example.org"])
async def test_a_password_that_nobody_can_have_is_wrong_without_any_work(
    reception: Reception, email: str, password: str
) -> None:
    await reception.register("ada@example.org", PASSWORD)
    work_before = reception.hasher.work
    with pytest.raises(WrongCredentialsError):
        await reception.log_in(email, password)
    assert reception.hasher.work == work_before


async def test_a_hash_of_old_parameters_is_made_anew_with_the_log_in(reception: Reception) -> None:
    user = await reception.register("ada@example.org", PASSWORD)
    reception.hasher.parameters = "tomorrow"
    await reception.log_in("ada@example.org", PASSWORD)
    stored = await reception.users.get(user.id)
    assert stored.password_hash == f"tomorrow:{PASSWORD}"
    await reception.log_in("ada@example.org", PASSWORD)
    assert await reception.users.get(user.id) == stored


async def test_a_hash_is_not_made_anew_for_a_wrong_password(reception: Reception) -> None:
    user = await reception.register("ada@example.org", PASSWORD)
    reception.hasher.parameters = "tomorrow"
    with pytest.raises(WrongCredentialsError):
        await reception.log_in("ada@example.org", "a wrong password")
    assert await reception.users.get(user.id) == user


@pytest.mark.parametrize("parameters", ["today", "tomorrow"])
async def test_an_account_that_is_deleted_during_the_log_in_has_no_credentials(
    reception: Reception, parameters: str
) -> None:
    user = await reception.register("ada@example.org", PASSWORD)

    class DeletesMeanwhile(LegibleHasher):
        @override
        async def verify(self, password: str, password_hash: str) -> bool:
            await reception.delete_user(Caller(user_id=user.id, email=EmailAddress("ada@example.org")))
            return await super().verify(password, password_hash)

    hasher = DeletesMeanwhile()
    hasher.parameters = parameters
    log_in = LogIn(users=reception.users, hasher=hasher, sessions=reception.keeper)
    with pytest.raises(WrongCredentialsError):
        await log_in("ada@example.org", PASSWORD)
