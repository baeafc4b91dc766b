"""Argon2id keeps the contract of hashers, with the parameters of RFC 9106 and in bounded threads."""

import asyncio
import threading
from collections.abc import Iterator

import argon2
import pytest
from argon2.exceptions import HashingError, VerificationError
from typing_extensions import override

from tests.contracts.password_hasher import PASSWORD, PasswordHasherContract
from tracklift_adapters.security.password_hasher import Argon2PasswordHasher
from tracklift_domain.errors import ServiceUnavailableError
from tracklift_domain.user.ports import PasswordHasher


@pytest.fixture
def cheap() -> Iterator[Argon2PasswordHasher]:
    hasher = Argon2PasswordHasher(passes=1, memory=64, lanes=1)
    yield hasher
    hasher.close()


class TestArgon2PasswordHasher(PasswordHasherContract):
    @pytest.fixture
    @override
    def hasher(self, cheap: Argon2PasswordHasher) -> PasswordHasher:
        return cheap


async def test_follows_the_second_recommendation_of_rfc_9106() -> None:
    """Argon2id 1.3 with 3 passes over 64 MiB in 4 lanes, a salt of 128 and a tag of 256 bits."""
    hasher = Argon2PasswordHasher()
    password_hash = await hasher.hash(PASSWORD)

    parameters = argon2.extract_parameters(password_hash)
    assert parameters == argon2.profiles.RFC_9106_LOW_MEMORY
    assert await hasher.verify(PASSWORD, password_hash)
    hasher.close()


async def test_hashes_of_other_parameters_are_known_and_to_be_replaced(cheap: Argon2PasswordHasher) -> None:
    for parameters in ({"time_cost": 2}, {"memory_cost": 128}, {"parallelism": 2}, {"type": argon2.Type.I}):
        other = argon2.PasswordHasher(
            **{"time_cost": 1, "memory_cost": 64, "parallelism": 1, **parameters}  # type: ignore[arg-type]
        ).hash(PASSWORD)

        assert await cheap.verify(PASSWORD, other)
        assert cheap.needs_rehash(other)


async def test_the_loop_goes_on_and_the_number_of_threads_is_bounded() -> None:
    hasher = Argon2PasswordHasher(passes=1, memory=1024, lanes=1, threads=2)
    hashing = asyncio.gather(*(hasher.hash(PASSWORD) for _ in range(20)))
    turns = 0
    most = 0
    while not hashing.done():
        await asyncio.sleep(0)
        turns += 1
        most = max(most, sum("password-hasher" in thread.name for thread in threading.enumerate()))

    assert turns > 20
    assert most == 2
    assert len(set(await hashing)) == 20
    hasher.close()


async def test_a_closed_hasher_has_no_threads_and_is_not_available(cheap: Argon2PasswordHasher) -> None:
    password_hash = await cheap.hash(PASSWORD)
    cheap.close()
    cheap.close()

    assert not [thread for thread in threading.enumerate() if "password-hasher" in thread.name]
    with pytest.raises(ServiceUnavailableError, match="closed"):
        await cheap.hash(PASSWORD)
    with pytest.raises(ServiceUnavailableError, match="closed"):
        await cheap.verify(PASSWORD, password_hash)


async def test_a_lack_of_memory_is_no_wrong_password(
    cheap: Argon2PasswordHasher, monkeypatch: pytest.MonkeyPatch
) -> None:
    password_hash = await cheap.hash(PASSWORD)

    def lack_memory(error: type[Exception]) -> object:
        def fail(*_: object, **__: object) -> object:
            raise error("Memory allocation error")

        return fail

    monkeypatch.setattr(argon2.PasswordHasher, "verify", lack_memory(VerificationError))
    monkeypatch.setattr(argon2.PasswordHasher, "hash", lack_memory(HashingError))

    with pytest.raises(ServiceUnavailableError, match="Memory"):
        await cheap.verify(PASSWORD, password_hash)
    with pytest.raises(ServiceUnavailableError, match="Memory"):
        await cheap.hash(PASSWORD)


async def test_a_hashing_nobody_waits_for_any_more_does_no_harm(cheap: Argon2PasswordHasher) -> None:
    tasks = [asyncio.create_task(cheap.hash(PASSWORD)) for _ in range(10)]
    await asyncio.sleep(0)
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)

    assert await cheap.verify(PASSWORD, await cheap.hash(PASSWORD))
