from datetime import timedelta

import pytest
from typing_extensions import override

from tests.unit.user.reception import Reception
from tracklift_adapters.in_memory.sessions import InMemorySessionRepository
from tracklift_domain.identifiers import SessionId
from tracklift_domain.user.access.caller import Caller
from tracklift_domain.user.access.events import SessionsEnded
from tracklift_domain.user.mailed_link.events import PasswordResetRequested
from tracklift_domain.user.session.errors import InvalidGrantError
from tracklift_domain.user.session.refresh_session import RefreshSession
from tracklift_domain.user.session.session import Session, TokenPair
from tracklift_domain.user.session.session_keeper import SessionKeeper, hash_secret, split_refresh_token
from tracklift_domain.user.user import User

PASSWORD = "correct horse battery staple"


@pytest.fixture
async def ada(reception: Reception) -> User:
    return await reception.register("ada@example.org", PASSWORD)


@pytest.fixture
async def tokens(reception: Reception, ada: User) -> TokenPair:
    return await reception.log_in(ada.email.value, PASSWORD)


async def test_a_refresh_token_gives_new_tokens_for_the_same_user(
    reception: Reception, ada: User, tokens: TokenPair
) -> None:
    renewed = await reception.refresh(tokens.refresh)
    assert renewed.refresh != tokens.refresh
    assert reception.identify(renewed.access.value).user_id == ada.id


async def test_a_session_goes_on_as_long_as_it_is_refreshed_in_time(
    reception: Reception, tokens: TokenPair
) -> None:
    for _ in range(12):
        reception.clock.advance(timedelta(days=29))
        tokens = await reception.refresh(tokens.refresh)
    assert reception.identify(tokens.access.value).email.value == "ada@example.org"


async def test_a_session_that_nobody_refreshes_expires(reception: Reception, tokens: TokenPair) -> None:
    reception.clock.advance(timedelta(days=30))
    with pytest.raises(InvalidGrantError):
        await reception.refresh(tokens.refresh)


async def test_a_token_that_was_used_before_ends_the_session(reception: Reception, tokens: TokenPair) -> None:
    """Either the thief or the owner comes second: nobody can tell which, so both lose it (RFC 9700)."""
    newer = await reception.refresh(tokens.refresh)
    with pytest.raises(InvalidGrantError):
        await reception.refresh(tokens.refresh)
    with pytest.raises(InvalidGrantError):
        await reception.refresh(newer.refresh)


async def test_a_stolen_token_ends_no_other_session_of_the_user(
    reception: Reception, ada: User, tokens: TokenPair
) -> None:
    other = await reception.log_in(ada.email.value, PASSWORD)
    await reception.refresh(tokens.refresh)
    with pytest.raises(InvalidGrantError):
        await reception.refresh(tokens.refresh)
    assert (await reception.refresh(other.refresh)).refresh


@pytest.mark.parametrize("secret", ["", "a guess", "0" * 43])
async def test_any_other_secret_counts_as_one_that_was_used_before(
    reception: Reception, tokens: TokenPair, secret: str
) -> None:
    """Older secrets are not kept, and who has no token of the session doesn't know its id either."""
    session_id, _ = split_refresh_token(tokens.refresh)
    with pytest.raises(InvalidGrantError):
        await reception.refresh(f"{session_id}.{secret}")
    with pytest.raises(InvalidGrantError):
        await reception.refresh(tokens.refresh)


async def test_of_two_refreshes_at_once_one_succeeds(
    reception: Reception, ada: User, tokens: TokenPair
) -> None:
    """Both read the session before either has replaced its token."""

    class LetsTheOtherGoFirst(InMemorySessionRepository):
        @override
        async def get(self, session_id: SessionId) -> Session:
            session = await reception.sessions.get(session_id)
            renewed.append(await reception.refresh(tokens.refresh))
            return session

        @override
        async def replace(self, session: Session) -> None:
            await reception.sessions.replace(session)

    renewed: list[TokenPair] = []
    sessions = LetsTheOtherGoFirst(reception.users, reception.outbox)
    keeper = SessionKeeper(
        sessions=sessions,
        issuer=reception.tokens,
        clock=reception.clock,
        identifiers=reception.identifiers,
        lasts=timedelta(days=30),
    )
    refresh = RefreshSession(users=reception.users, sessions=sessions, keeper=keeper, clock=reception.clock)
    with pytest.raises(InvalidGrantError):
        await refresh(tokens.refresh)
    assert (await reception.refresh(renewed[0].refresh)).refresh, "a double click is no theft"


@pytest.mark.parametrize(
    "token",
    [
        "",
        ".",
        "nonsense",
        "nonsense.nonsense",
        "a" * 100_000,
        "\0.\0",
        "\ud800.\ud800",
        "ü.ü",
    ],
)
async def test_nonsense_is_not_a_token_and_ends_nothing(
    reception: Reception, tokens: TokenPair, token: str
) -> None:
    with pytest.raises(InvalidGrantError):
        await reception.refresh(token)
    assert (await reception.refresh(tokens.refresh)).refresh


async def test_a_secret_that_no_token_can_have_is_no_reuse(reception: Reception, tokens: TokenPair) -> None:
    session_id, _ = split_refresh_token(tokens.refresh)
    with pytest.raises(InvalidGrantError):
        await reception.refresh(f"{session_id}.\ud800")
    assert (await reception.refresh(tokens.refresh)).refresh


async def test_the_tokens_of_a_deleted_user_are_not_good_any_more(
    reception: Reception, ada: User, tokens: TokenPair
) -> None:
    await reception.delete_user(Caller(user_id=ada.id, email=ada.email))
    with pytest.raises(InvalidGrantError):
        await reception.refresh(tokens.refresh)


async def test_only_the_hash_of_the_secret_is_stored(reception: Reception, tokens: TokenPair) -> None:
    session_id, secret = split_refresh_token(tokens.refresh)
    session = await reception.sessions.get(session_id)
    assert session.token_hash == hash_secret(secret)
    assert secret not in repr(session)


async def ends(reception: Reception) -> list[SessionsEnded]:
    """Give what was announced of ended sessions."""
    return [event for event in await reception.outbox.pending(limit=100) if isinstance(event, SessionsEnded)]


async def test_an_access_token_names_its_session(reception: Reception, tokens: TokenPair) -> None:
    session_id, _ = split_refresh_token(tokens.refresh)
    refreshed = await reception.refresh(tokens.refresh)
    for pair in (tokens, refreshed):
        assert reception.identify(pair.access.value).session_id == session_id


async def test_the_end_of_a_session_whose_token_was_stolen_is_announced(
    reception: Reception, tokens: TokenPair
) -> None:
    session_id, _ = split_refresh_token(tokens.refresh)
    await reception.refresh(tokens.refresh)
    with pytest.raises(InvalidGrantError):
        await reception.refresh(tokens.refresh)
    assert [event.session_id for event in await ends(reception)] == [session_id]


async def test_a_password_that_is_reset_by_mail_announces_the_end_of_all_sessions(
    reception: Reception, ada: User
) -> None:
    await reception.links.send_reset(ada)
    (mail,) = await reception.mails(PasswordResetRequested)
    await reception.reset_password(mail.token, "another good pass phrase")
    assert [(event.user_id, event.session_id) for event in await ends(reception)] == [(ada.id, None)]


class TestEndingASession:
    async def test_the_end_is_announced_once(self, reception: Reception, tokens: TokenPair) -> None:
        session_id, _ = split_refresh_token(tokens.refresh)
        for _ in range(2):
            await reception.end_session(tokens.refresh)
        assert [event.session_id for event in await ends(reception)] == [session_id]

    async def test_a_revoked_token_is_not_good_any_more(
        self, reception: Reception, tokens: TokenPair
    ) -> None:
        await reception.end_session(tokens.refresh)
        with pytest.raises(InvalidGrantError):
            await reception.refresh(tokens.refresh)

    async def test_revoking_twice_is_no_error(self, reception: Reception, tokens: TokenPair) -> None:
        await reception.end_session(tokens.refresh)
        await reception.end_session(tokens.refresh)

    @pytest.mark.parametrize("token", ["", "nonsense", "nonsense.nonsense", "\ud800.\ud800", "ü"])
    async def test_nonsense_is_no_error_and_ends_nothing(
        self, reception: Reception, tokens: TokenPair, token: str
    ) -> None:
        await reception.end_session(token)
        assert (await reception.refresh(tokens.refresh)).refresh

    @pytest.mark.parametrize("secret", ["", "a guess"])
    async def test_who_only_knows_the_sessions_id_cannot_end_it(
        self, reception: Reception, tokens: TokenPair, secret: str
    ) -> None:
        session_id, _ = split_refresh_token(tokens.refresh)
        await reception.end_session(f"{session_id}.{secret}")
        assert (await reception.refresh(tokens.refresh)).refresh
