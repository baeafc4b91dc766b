"""API keys and sessions of the user."""

from collections.abc import Iterable
from datetime import datetime

from tracklift_client.models.accounts import (
    ApiKey,
    ApiKeyList,
    NewApiKey,
    Scope,
    UserSession,
    UserSessionList,
)
from tracklift_client.patience import patiently
from tracklift_client.routes import (
    CREATE_KEY,
    END_SESSION,
    END_SESSIONS,
    LIST_KEYS,
    LIST_SESSIONS,
    REVOKE_KEY,
)
from tracklift_client.session import Session
from tracklift_client.small_requests import json_request, plain_request
from tracklift_client.steps import Steps, work


def api_keys(session: Session) -> Steps[list[ApiKey]]:
    """List the user's API keys."""
    request = plain_request(LIST_KEYS)
    found = yield from patiently(session.patience, lambda: session.called(request, ApiKeyList))
    return found.items


def create_api_key(
    session: Session,
    name: str,
    scopes: Iterable[Scope] | None = None,
    expires_at: datetime | None = None,
) -> Steps[NewApiKey]:
    """Make an API key; without scopes it has all, without an end it has none."""
    wanted = {"name": name, "scopes": None if scopes is None else list(scopes), "expires_at": expires_at}
    given = {field: value for field, value in wanted.items() if value is not None}
    return (yield from session.called(json_request(CREATE_KEY, given), NewApiKey))


def revoke_api_key(session: Session, key_id: str) -> Steps[None]:
    """End an API key."""
    yield from session.done(plain_request(REVOKE_KEY, key_id=key_id))


def sessions(session: Session) -> Steps[list[UserSession]]:
    """List the user's sessions."""
    request = plain_request(LIST_SESSIONS)
    found = yield from patiently(session.patience, lambda: session.called(request, UserSessionList))
    return found.items


def end_session(session: Session, session_id: str) -> Steps[None]:
    """End one of the user's sessions."""
    yield from session.done(plain_request(END_SESSION, session_id=session_id))


def end_all_sessions(session: Session) -> Steps[None]:
    """End all of the user's sessions, this one too."""
    yield from session.done(plain_request(END_SESSIONS))
    yield from work(lambda: session.tokens.write(None))
