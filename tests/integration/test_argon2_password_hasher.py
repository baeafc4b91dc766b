"""Argon2id keeps the contract of hashers, with the parameters of RFC 9106 and in bounded threads."""

import asyncio
import threading
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import argon2
import pytest
from argon2.exceptions import HashingError, VerificationError
from typing_extensions import override

from tests.contracts.password_hasher import PASSWORD, PasswordHasherContract
from tracklift_adapters.security.password_hasher import Argon2PasswordHasher
from tracklift_domain.errors import ServiceUnavailableError, TooBusyError
from tracklift_domain.user.password.ports import PasswordHasher


@pytest.fixture
def cheap() -> Iterator[Argon2PasswordHasher]:
    hasher = Argon2PasswordHasher(passes=1, memory=64, lanes=1, waiting=100)
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
    hasher = Argon2PasswordHasher(passes=1, memory=1024, lanes=1, threads=2, waiting=18)
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


class Gate:
    """Holds up each hashing until it is opened."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.begun = threading.Semaphore(0)
        self.opened = threading.Event()
        original = argon2.PasswordHasher.hash

        def wait_and_hash(hasher: argon2.PasswordHasher, password: bytes) -> str:
            self.begun.release()
            self.opened.wait()
            return original(hasher, password)

        monkeypatch.setattr(argon2.PasswordHasher, "hash", wait_and_hash)


async def test_a_hashing_that_finds_the_queue_full_is_refused_at_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Those before it are done all the same, and then there is room again."""
    gate = Gate(monkeypatch)
    hasher = Argon2PasswordHasher(passes=1, memory=64, lanes=1, threads=1, waiting=2)
    hashing = [asyncio.create_task(hasher.hash(PASSWORD)) for _ in range(3)]
    await asyncio.to_thread(gate.begun.acquire)

    for _ in range(5):
        with pytest.raises(TooBusyError):
            await hasher.hash(PASSWORD)

    gate.opened.set()
    assert len(set(await asyncio.gather(*hashing))) == 3
    assert await hasher.verify(PASSWORD, await hasher.hash(PASSWORD))
    hasher.close()


async def test_a_hashing_that_is_not_begun_in_time_is_refused_and_never_begun(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """One that has begun is waited for, however long it takes."""
    gate = Gate(monkeypatch)
    hasher = Argon2PasswordHasher(
        passes=1, memory=64, lanes=1, threads=1, waiting=1, longest_wait=timedelta(milliseconds=10)
    )
    begun = asyncio.create_task(hasher.hash(PASSWORD))
    await asyncio.to_thread(gate.begun.acquire)

    for _ in range(3):
        with pytest.raises(TooBusyError):
            await hasher.hash(PASSWORD)

    gate.opened.set()
    assert await begun
    hasher.close()
    assert not gate.begun.acquire(blocking=False)


async def test_places_of_clients_that_went_away_are_free_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """At once if they waited, and with the end of the hashing if that had begun."""
    gate = Gate(monkeypatch)
    hasher = Argon2PasswordHasher(passes=1, memory=64, lanes=1, threads=1, waiting=2)
    begun = asyncio.create_task(hasher.hash(PASSWORD))
    await asyncio.to_thread(gate.begun.acquire)
    for _ in range(5):
        waiting = [asyncio.create_task(hasher.hash(PASSWORD)) for _ in range(2)]
        await asyncio.sleep(0)
        for task in waiting:
            task.cancel()
        cancelled = await asyncio.gather(*waiting, return_exceptions=True)
        assert {type(each) for each in cancelled} == {asyncio.CancelledError}
    begun.cancel()
    gate.opened.set()

    assert len(await asyncio.gather(hasher.hash(PASSWORD), hasher.hash(PASSWORD))) == 2
    hasher.close()


async def test_memory_is_given_back_after_each_hashing() -> None:
    """Of 64 MiB for each of two threads, nothing stays."""
    # However busy the machine is.
    hasher = Argon2PasswordHasher(passes=1, threads=2, longest_wait=timedelta(seconds=60))
    await hasher.hash(PASSWORD)
    before = _resident()

    await asyncio.gather(*(hasher.hash(PASSWORD) for _ in range(6)))

    assert _resident() - before < 16 * 1024
    hasher.close()


def _resident() -> int:
    """Give this process's memory in KiB."""
    (line,) = (
        line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmRSS")
    )
    return int(line.split()[1])
