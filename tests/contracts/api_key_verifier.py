"""What everything must do that tells whom an API key names, wherever the keys are."""

from abc import abstractmethod
from datetime import timedelta

import pytest

from tests.contracts.examples import ADA, DAY, NOW, a_user, an_api_key
from tracklift_adapters.in_memory.api_keys import InMemoryApiKeyRepository
from tracklift_adapters.in_memory.clock import ManualClock
from tracklift_adapters.in_memory.outbox import InMemoryOutbox
from tracklift_adapters.in_memory.users import InMemoryUserRepository
from tracklift_domain.identifiers import SessionId
from tracklift_domain.user.access.scope import Scope
from tracklift_domain.user.api_key.errors import ApiKeyExpiredError, InvalidApiKeyError
from tracklift_domain.user.api_key.ports import ApiKeyVerifier


class KeyStock:
    """Users and their keys, which the verifier under test looks up."""

    def __init__(
        self, clock: ManualClock, users: InMemoryUserRepository, keys: InMemoryApiKeyRepository
    ) -> None:
        self.clock = clock
        self.users = users
        self.keys = keys


class ApiKeyVerifierContract:
    """Inherit and override the fixture; the verifier looks into the stock."""

    @pytest.fixture
    async def stock(self) -> KeyStock:
        """Give a stock with Ada in it."""
        outbox = InMemoryOutbox()
        users = InMemoryUserRepository(outbox)
        stock = KeyStock(ManualClock(NOW), users, InMemoryApiKeyRepository(users, outbox))
        await stock.users.add(a_user(email="ada.ünïcode@example.org", email_verified_at=NOW))
        return stock

    @pytest.fixture
    @abstractmethod
    def verifier(self, stock: KeyStock) -> ApiKeyVerifier:
        """Give what is tested."""
        raise NotImplementedError

    @pytest.mark.parametrize("scopes", [{Scope.READ}, {Scope.CONVERT}, set(Scope)])
    async def test_a_key_names_its_user_and_what_it_allows(
        self, stock: KeyStock, verifier: ApiKeyVerifier, scopes: set[Scope]
    ) -> None:
        key = an_api_key(scopes=frozenset(scopes), expires_at=NOW + DAY)
        await stock.keys.add(key, at_most=1)

        caller = await verifier.verify(key.key_hash)

        assert (caller.user_id, caller.email.value) == (ADA, "ada.ünïcode@example.org")
        assert caller.email_verified
        assert caller.scopes == frozenset(scopes)
        assert caller.session_id == SessionId(key.id)
        assert caller.expires_at == NOW + DAY

    async def test_a_key_may_have_no_end(self, stock: KeyStock, verifier: ApiKeyVerifier) -> None:
        await stock.keys.add(an_api_key(), at_most=1)

        assert (await verifier.verify(an_api_key().key_hash)).expires_at is None

    async def test_an_address_that_was_not_verified_is_said_to_be_so(
        self, stock: KeyStock, verifier: ApiKeyVerifier
    ) -> None:
        await stock.users.replace(a_user(revision=2))
        await stock.keys.add(an_api_key(), at_most=1)

        assert not (await verifier.verify(an_api_key().key_hash)).email_verified

    async def test_a_key_that_is_not_there_is_refused(self, verifier: ApiKeyVerifier) -> None:
        with pytest.raises(InvalidApiKeyError):
            await verifier.verify("0" * 64)

    async def test_an_expired_key_is_said_to_have_expired(
        self, stock: KeyStock, verifier: ApiKeyVerifier
    ) -> None:
        await stock.keys.add(an_api_key(expires_at=NOW + DAY), at_most=1)

        await verifier.verify(an_api_key().key_hash)
        stock.clock.advance(DAY)

        for _ in range(2):
            with pytest.raises(ApiKeyExpiredError):
                await verifier.verify(an_api_key().key_hash)

    async def test_a_revoked_key_is_refused_after_a_minute(
        self, stock: KeyStock, verifier: ApiKeyVerifier
    ) -> None:
        """However often it is used meanwhile."""
        await stock.keys.add(an_api_key(), at_most=1)
        await verifier.verify(an_api_key().key_hash)

        await stock.keys.remove(an_api_key())
        for _ in range(59):
            stock.clock.advance(timedelta(seconds=1))
            try:
                await verifier.verify(an_api_key().key_hash)
            except InvalidApiKeyError:
                break

        with pytest.raises(InvalidApiKeyError):
            await verifier.verify(an_api_key().key_hash)
