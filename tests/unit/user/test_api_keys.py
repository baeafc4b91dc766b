"""API keys: made by users who are logged in, shown once, and good for what they allow until they end."""

from dataclasses import replace
from datetime import datetime, timedelta, timezone

import pytest
from typing_extensions import override

from tests.contracts.examples import ADA, BOB, DAY, NOW, SECOND
from tests.unit.user.reception import Reception
from tracklift_adapters.in_memory.api_keys import InMemoryApiKeyRepository
from tracklift_domain.errors import ServiceUnavailableError
from tracklift_domain.identifiers import ApiKeyId, SessionId
from tracklift_domain.user.access.caller import Caller
from tracklift_domain.user.access.errors import InsufficientScopeError, InvalidTokenError
from tracklift_domain.user.access.events import SessionsEnded
from tracklift_domain.user.access.scope import Scope
from tracklift_domain.user.api_key.api_key import ApiKey, hash_api_key, write_api_key
from tracklift_domain.user.api_key.create_api_key import NewApiKey
from tracklift_domain.user.api_key.errors import (
    ApiKeyExpiredError,
    ApiKeyNotFoundError,
    InvalidApiKeyError,
    InvalidApiKeyFieldError,
    TooManyApiKeysError,
)
from tracklift_domain.user.api_key.verify_api_key import VerifyApiKey
from tracklift_domain.user.email_address import EmailAddress
from tracklift_domain.user.errors import UserNotFoundError
from tracklift_domain.user.mailed_link.events import PasswordResetRequested

PASSWORD = "correct horse battery staple"
SCOPES = list(Scope)


@pytest.fixture
async def ada(reception: Reception) -> Caller:
    user = await reception.register("ada@example.org", PASSWORD)
    return Caller(user_id=user.id, email=user.email)


@pytest.fixture
async def bob(reception: Reception) -> Caller:
    user = await reception.register("bob@example.org", PASSWORD)
    return Caller(user_id=user.id, email=user.email)


@pytest.fixture
async def made(reception: Reception, ada: Caller) -> NewApiKey:
    return await reception.create_key(ada, name="Recorder", scopes=SCOPES)


class TestMaking:
    async def test_a_key_names_its_user(self, reception: Reception, ada: Caller) -> None:
        made = await reception.create_key(ada, name=" Recorder ", scopes=[Scope.READ, Scope.READ])

        caller = await reception.identify_bearer(made.text)
        assert (caller.user_id, caller.email, caller.scopes) == (
            ada.user_id,
            ada.email,
            frozenset({Scope.READ}),
        )
        assert made.key.name == "Recorder"

    async def test_only_the_hash_of_a_key_is_stored(self, reception: Reception, made: NewApiKey) -> None:
        stored = await reception.keys.get_by_hash(hash_api_key(made.text))

        assert stored == made.key
        assert made.text not in repr(stored)
        assert made.text.removeprefix("tl_") not in repr(stored)

    @pytest.mark.parametrize("name", ["", "   ", "x" * 101, "a\nb", "a\0b", "a\ud800", "\u202e", "\t\n"])
    async def test_a_name_that_can_not_be_shown_is_refused(
        self, reception: Reception, ada: Caller, name: str
    ) -> None:
        with pytest.raises(InvalidApiKeyFieldError) as refused:
            await reception.create_key(ada, name=name, scopes=SCOPES)

        assert refused.value.field == "name"
        assert await reception.list_keys(ada) == []

    @pytest.mark.parametrize("name", ["x" * 100, "'; DROP TABLE api_keys; --", "<b>", "講演 🎤"])
    async def test_any_other_name_is_taken(self, reception: Reception, ada: Caller, name: str) -> None:
        assert (await reception.create_key(ada, name=name, scopes=SCOPES)).key.name == name

    async def test_a_key_that_allows_nothing_is_refused(self, reception: Reception, ada: Caller) -> None:
        with pytest.raises(InvalidApiKeyFieldError) as refused:
            await reception.create_key(ada, name="Recorder", scopes=[])

        assert refused.value.field == "scopes"

    @pytest.mark.parametrize(
        "end",
        [
            NOW,
            NOW - SECOND,
            NOW.replace(tzinfo=None) + DAY,
            NOW + timedelta(days=3661),
            datetime.max.replace(tzinfo=timezone(timedelta(hours=-23))),
            datetime.min.replace(tzinfo=timezone(timedelta(hours=23))),
        ],
    )
    async def test_an_end_that_is_past_or_far_off_or_without_an_offset_is_refused(
        self, reception: Reception, ada: Caller, end: datetime
    ) -> None:
        with pytest.raises(InvalidApiKeyFieldError) as refused:
            await reception.create_key(ada, name="Recorder", scopes=SCOPES, expires_at=end)

        assert refused.value.field == "expires_at"

    async def test_an_end_of_any_offset_is_the_same_time(self, reception: Reception, ada: Caller) -> None:
        end = (NOW + DAY).astimezone(timezone(timedelta(hours=-11, minutes=-30)))

        made = await reception.create_key(ada, name="Recorder", scopes=SCOPES, expires_at=end)

        assert made.key.expires_at is not None
        assert made.key.expires_at == NOW + DAY
        assert made.key.expires_at.utcoffset() == timedelta(0)

    async def test_a_user_has_a_bounded_number_of_keys(self, reception: Reception, ada: Caller) -> None:
        for _ in range(3):
            await reception.create_key(ada, name="Recorder", scopes=SCOPES)

        with pytest.raises(TooManyApiKeysError):
            await reception.create_key(ada, name="Recorder", scopes=SCOPES)

    async def test_there_is_no_key_for_a_user_who_is_gone(self, reception: Reception, ada: Caller) -> None:
        await reception.delete_user(ada)

        with pytest.raises(UserNotFoundError):
            await reception.create_key(ada, name="Recorder", scopes=SCOPES)


class TestScopes:
    def test_a_user_who_is_logged_in_may_do_everything(self) -> None:
        caller = Caller(user_id=ADA, email=EmailAddress("ada@example.org"))

        for scope in (*Scope, None):
            caller.require(scope)

    @pytest.mark.parametrize("scope", Scope)
    def test_a_key_allows_its_scope_and_no_other(self, scope: Scope) -> None:
        caller = Caller(user_id=ADA, email=EmailAddress("ada@example.org"), scopes=frozenset({scope}))

        caller.require(scope)
        for other in {*Scope, None} - {scope}:
            with pytest.raises(InsufficientScopeError) as refused:
                caller.require(other)
            assert refused.value.scope is other

    async def test_a_key_makes_lists_and_revokes_no_keys(self, reception: Reception, made: NewApiKey) -> None:
        """A stolen one must not make another that outlasts it."""
        caller = await reception.identify_bearer(made.text)

        with pytest.raises(InsufficientScopeError):
            await reception.create_key(caller, name="Another", scopes=SCOPES)
        with pytest.raises(InsufficientScopeError):
            await reception.list_keys(caller)
        with pytest.raises(InsufficientScopeError):
            await reception.revoke_key(caller, made.key.id)


class TestRevoking:
    async def test_a_revoked_key_is_refused(self, reception: Reception, ada: Caller, made: NewApiKey) -> None:
        await reception.revoke_key(ada, made.key.id)

        with pytest.raises(InvalidApiKeyError):
            await reception.identify_bearer(made.text)
        assert await reception.list_keys(ada) == []

    async def test_what_the_key_has_opened_is_said_to_end(
        self, reception: Reception, ada: Caller, made: NewApiKey
    ) -> None:
        opened_by = (await reception.identify_bearer(made.text)).session_id

        await reception.revoke_key(ada, made.key.id)

        events = await reception.outbox.pending(limit=100)
        ends = [event for event in events if isinstance(event, SessionsEnded)]
        assert [(event.user_id, event.session_id) for event in ends] == [(ada.user_id, opened_by)]

    async def test_a_key_of_another_user_is_not_there(
        self, reception: Reception, bob: Caller, made: NewApiKey
    ) -> None:
        with pytest.raises(ApiKeyNotFoundError):
            await reception.revoke_key(bob, made.key.id)

        assert await reception.list_keys(bob) == []
        assert (await reception.identify_bearer(made.text)).user_id == made.key.user_id

    @pytest.mark.parametrize("key_id", ["", "0" * 32, "\ud800", "' OR 1=1 --"])
    async def test_a_key_that_is_not_there_is_not_found(
        self, reception: Reception, ada: Caller, made: NewApiKey, key_id: str
    ) -> None:
        with pytest.raises(ApiKeyNotFoundError):
            await reception.revoke_key(ada, ApiKeyId(key_id))

    async def test_a_reset_of_the_password_revokes_all_keys(
        self, reception: Reception, ada: Caller, made: NewApiKey
    ) -> None:
        """Another person may have had the account, and have made the key."""
        await reception.links.send_reset(await reception.get_user(ada))
        (mail,) = await reception.mails(PasswordResetRequested)

        await reception.reset_password(mail.token, "another good pass phrase")

        with pytest.raises(InvalidApiKeyError):
            await reception.identify_bearer(made.text)

    async def test_a_key_of_a_deleted_user_is_refused(
        self, reception: Reception, ada: Caller, made: NewApiKey
    ) -> None:
        await reception.delete_user(ada)

        with pytest.raises(InvalidApiKeyError):
            await reception.identify_bearer(made.text)


class TestVerifying:
    async def test_a_key_names_the_user_as_the_user_is_now(
        self, reception: Reception, ada: Caller, made: NewApiKey
    ) -> None:
        """An access token says whether the address was verified when it was signed; a key says it today."""
        assert not (await reception.identify_bearer(made.text)).email_verified
        user = await reception.get_user(ada)
        await reception.users.replace(user.with_verified_email(NOW))

        assert (await reception.identify_bearer(made.text)).email_verified

    async def test_a_key_is_good_until_its_end_and_not_at_it(self, reception: Reception, ada: Caller) -> None:
        made = await reception.create_key(ada, name="Recorder", scopes=SCOPES, expires_at=NOW + DAY)

        reception.clock.advance(DAY - SECOND)
        assert (await reception.identify_bearer(made.text)).expires_at == NOW + DAY
        reception.clock.advance(SECOND)
        with pytest.raises(ApiKeyExpiredError):
            await reception.identify_bearer(made.text)

    async def test_a_key_whose_user_is_gone_while_it_is_looked_up_is_refused(
        self, reception: Reception, made: NewApiKey
    ) -> None:
        class LosesTheUser(InMemoryApiKeyRepository):
            @override
            async def get_by_hash(self, key_hash: str) -> ApiKey:
                return replace(made.key, user_id=BOB)

        keys = LosesTheUser(reception.users, reception.outbox)
        verify = VerifyApiKey(keys=keys, users=reception.users, clock=reception.clock)

        with pytest.raises(InvalidApiKeyError):
            await verify.verify(made.key.key_hash)

    async def test_the_last_use_is_known_to_the_hour(
        self, reception: Reception, ada: Caller, made: NewApiKey
    ) -> None:
        await reception.identify_bearer(made.text)
        (key,) = await reception.list_keys(ada)
        assert key.last_used_at == NOW.replace(minute=0, second=0, microsecond=0)

        reception.clock.advance(timedelta(hours=1))
        await reception.identify_bearer(made.text)
        (key,) = await reception.list_keys(ada)
        assert key.last_used_at == NOW.replace(minute=0, second=0, microsecond=0) + timedelta(hours=1)

    async def test_use_is_noted_once_an_hour(self, reception: Reception, made: NewApiKey) -> None:
        """So that a key that is used all the time does not write all the time, nor one on a clock that was set back."""
        await reception.identify_bearer(made.text)

        class RefusesWrites(InMemoryApiKeyRepository):
            @override
            async def get_by_hash(self, key_hash: str) -> ApiKey:
                return await reception.keys.get_by_hash(key_hash)

            @override
            async def note_use(self, key_id: ApiKeyId, at: datetime) -> None:
                raise AssertionError

        keys = RefusesWrites(reception.users, reception.outbox)
        verify = VerifyApiKey(keys=keys, users=reception.users, clock=reception.clock)
        await verify.verify(made.key.key_hash)
        reception.clock.advance(-timedelta(hours=2))
        await verify.verify(made.key.key_hash)

    async def test_a_key_works_where_its_use_can_not_be_noted(
        self, reception: Reception, made: NewApiKey
    ) -> None:
        class ReadOnly(InMemoryApiKeyRepository):
            @override
            async def get_by_hash(self, key_hash: str) -> ApiKey:
                return await reception.keys.get_by_hash(key_hash)

            @override
            async def note_use(self, key_id: ApiKeyId, at: datetime) -> None:
                raise ServiceUnavailableError("The database", "it is read-only.")

        keys = ReadOnly(reception.users, reception.outbox)
        verify = VerifyApiKey(keys=keys, users=reception.users, clock=reception.clock)

        assert (await verify.verify(made.key.key_hash)).session_id == SessionId(made.key.id)


class TestTellingWhoCalls:
    async def test_an_access_token_names_a_user_who_may_do_everything(
        self, reception: Reception, ada: Caller
    ) -> None:
        tokens = await reception.log_in("ada@example.org", PASSWORD)

        assert (await reception.identify_bearer(tokens.access.value)).scopes is None

    @pytest.mark.parametrize("bearer", ["", "x", "tl", "TL_x", " tl_x"])
    async def test_what_does_not_begin_like_a_key_is_no_key(self, reception: Reception, bearer: str) -> None:
        with pytest.raises(InvalidTokenError) as refused:
            await reception.identify_bearer(bearer)

        assert not isinstance(refused.value, InvalidApiKeyError)

    async def test_a_key_that_was_never_made_is_refused(self, reception: Reception, made: NewApiKey) -> None:
        with pytest.raises(InvalidApiKeyError, match="is not known"):
            await reception.identify_bearer(write_api_key("a guess"))
