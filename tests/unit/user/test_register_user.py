import asyncio

import pytest

from tests.contracts.examples import NOW
from tests.unit.user.reception import Reception
from tracklift_domain.user.errors import EmailTakenError, InvalidEmailAddressError
from tracklift_domain.user.password.errors import WeakPasswordError
from tracklift_domain.user.user import User

PASSWORD = "correct horse battery staple"


async def test_who_signs_up_is_stored_with_a_hash_and_not_with_the_password(reception: Reception) -> None:
    user = await reception.register("Ada@Example.org", PASSWORD)
    assert await reception.users.get(user.id) == user
    assert user.email.value == "ada@example.org"
    assert user.created_at == NOW
    assert user.password_hash == await reception.hasher.hash(PASSWORD)


@pytest.mark.parametrize("email", ["ada@example.org", "ADA@EXAMPLE.ORG", " ada@example.org "])
async def test_an_address_has_one_account_however_it_is_written(reception: Reception, email: str) -> None:
    await reception.register("ada@example.org", PASSWORD)
    with pytest.raises(EmailTakenError):
        await reception.register(email, "another password")


async def test_of_two_who_sign_up_with_one_address_at_once_one_succeeds(reception: Reception) -> None:
    answers = await asyncio.gather(
        *(reception.register("ada@example.org", PASSWORD) for _ in range(5)), return_exceptions=True
    )
    assert sum(isinstance(answer, User) for answer in answers) == 1
    assert sum(isinstance(answer, EmailTakenError) for answer in answers) == 4


@pytest.mark.parametrize(
    ("email", "password", "error"),
    [
        ("no address", PASSWORD, InvalidEmailAddressError),
        ("ada@example.org", "short", WeakPasswordError),
        ("ada@example.org", "ADA@example.org", WeakPasswordError),
    ],
)
async def test_what_is_refused_costs_no_hashing(
    reception: Reception, email: str, password: str, error: type[Exception]
) -> None:
    """Hashing is slow on purpose, so nobody may have it done for nothing."""
    with pytest.raises(error):
        await reception.register(email, password)
    assert reception.hasher.work == 0
