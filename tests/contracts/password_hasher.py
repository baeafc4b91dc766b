"""What every hasher of passwords must do."""

import asyncio
from abc import abstractmethod

import pytest

from tracklift_domain.user.password.ports import PasswordHasher

PASSWORD = "correct horse battery staple"
PASSWORDS = [
    PASSWORD,
    "",
    " ",
    "short",
    "x" * 256,
    "x" * 5000,
    "Grüße, мир, 世界, 🎧",
    "with\0nul",
    "with\nline breaks\r\n",
    "half a pair \ud83c",
]
UNREADABLE = [
    "",
    "x",
    PASSWORD,
    "$argon2id$",
    "$argon2id$v=19$m=65536,t=3,p=4$$",
    "$argon2id$v=19$m=8,t=1,p=1$!!!$???",
    "$2b$12$KIXQ2Zt1mJ0pVf5e9m5J1uO3VbW1uK0Zp8T1o1m6kq0m0o0o0o0o0",
    "$argon2id$v=19$m=é",
    "\0" * 10,
    "x" * 10_000,
]


class PasswordHasherContract:
    """Inherited by the tests of each hasher."""

    @pytest.fixture
    @abstractmethod
    def hasher(self) -> PasswordHasher:
        """Give a hasher."""
        raise NotImplementedError

    @pytest.mark.parametrize("password", PASSWORDS, ids=range(len(PASSWORDS)))
    async def test_knows_the_password_that_made_a_hash(self, hasher: PasswordHasher, password: str) -> None:
        password_hash = await hasher.hash(password)

        assert await hasher.verify(password, password_hash) is True

    @pytest.mark.parametrize(
        "other",
        ["", "correct horse battery stapl", f"{PASSWORD} ", PASSWORD.upper(), f"{PASSWORD}\0", "\udc00"],
    )
    async def test_knows_that_another_password_did_not(self, hasher: PasswordHasher, other: str) -> None:
        password_hash = await hasher.hash(PASSWORD)

        assert await hasher.verify(other, password_hash) is False

    async def test_what_stands_behind_a_nul_counts(self, hasher: PasswordHasher) -> None:
        password_hash = await hasher.hash("secret\0one")

        assert await hasher.verify("secret\0two", password_hash) is False

    async def test_what_stands_at_the_end_of_a_long_password_counts(self, hasher: PasswordHasher) -> None:
        password_hash = await hasher.hash("x" * 255 + "1")

        assert await hasher.verify("x" * 255 + "2", password_hash) is False

    async def test_one_password_never_makes_one_hash_twice(self, hasher: PasswordHasher) -> None:
        hashes = {await hasher.hash(PASSWORD) for _ in range(5)}

        assert len(hashes) == 5
        assert all([await hasher.verify(PASSWORD, password_hash) for password_hash in hashes])

    async def test_a_hash_is_one_line_of_ascii_without_the_password(self, hasher: PasswordHasher) -> None:
        password_hash = await hasher.hash("Grüße-secret")

        assert password_hash.isascii()
        assert password_hash.isprintable()
        assert len(password_hash) <= 255
        assert "secret" not in password_hash

    async def test_letters_composed_in_another_way_are_the_same_password(
        self, hasher: PasswordHasher
    ) -> None:
        password_hash = await hasher.hash("gr\u00fcn und \u00e9t\u00e9")

        assert await hasher.verify("gru\u0308n und e\u0301te\u0301", password_hash)

    @pytest.mark.parametrize("unreadable", UNREADABLE, ids=range(len(UNREADABLE)))
    async def test_an_unreadable_hash_is_a_mismatch_to_be_replaced(
        self, hasher: PasswordHasher, unreadable: str
    ) -> None:
        assert await hasher.verify(PASSWORD, unreadable) is False
        assert await hasher.verify("", unreadable) is False
        assert hasher.needs_rehash(unreadable) is True

    async def test_a_cut_off_hash_is_a_mismatch(self, hasher: PasswordHasher) -> None:
        password_hash = await hasher.hash(PASSWORD)

        assert await hasher.verify(PASSWORD, password_hash[:-1]) is False
        assert await hasher.verify(PASSWORD, password_hash[: len(password_hash) // 2]) is False

    async def test_a_hash_of_today_need_not_be_replaced(self, hasher: PasswordHasher) -> None:
        assert hasher.needs_rehash(await hasher.hash(PASSWORD)) is False

    async def test_many_passwords_at_once_are_not_mixed_up(self, hasher: PasswordHasher) -> None:
        passwords = [f"password {number}" for number in range(12)]

        hashes = await asyncio.gather(*map(hasher.hash, passwords))
        matches = await asyncio.gather(*map(hasher.verify, passwords, hashes))
        crossed = await asyncio.gather(*map(hasher.verify, passwords, hashes[1:]))

        assert all(matches)
        assert not any(crossed)
