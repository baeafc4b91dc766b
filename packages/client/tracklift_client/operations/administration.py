"""What admins do with accounts."""

from typing import Any

from tracklift_client.models.accounts import ManagedUser, ManagedUserPage, Role, UserDetails, UserQuota
from tracklift_client.patience import patiently
from tracklift_client.routes import (
    CHANGE_USER,
    CREATE_USER,
    INVITE_USER,
    LIST_USERS,
    REMOVE_USER,
    REMOVE_USERS_SECOND_FACTOR,
    SEND_RESET,
    SHOW_USER,
)
from tracklift_client.session import Session
from tracklift_client.small_requests import json_request, plain_request
from tracklift_client.steps import Emit, Emitting, Request, Steps


def users(session: Session, *, search: str = "") -> Emitting[ManagedUser, None]:
    """Give all accounts one by one, or those whose address contains a text."""
    cursor: str | None = None
    while True:
        query = (("limit", "100"), ("search", search), ("cursor", cursor or ""))
        request = plain_request(LIST_USERS, tuple(pair for pair in query if pair[1]))
        found = yield from _page(session, request)
        for user in found.items:
            yield Emit(user)
        cursor = found.next_cursor
        if cursor is None:
            return


def user(session: Session, user_id: str) -> Steps[UserDetails]:
    """Show an account, and how far its limits are used."""
    request = plain_request(SHOW_USER, user_id=user_id)
    return (yield from patiently(session.patience, lambda: session.called(request, UserDetails)))


def create_user(
    session: Session, email: str, *, role: Role = Role.USER, password: str | None = None
) -> Steps[ManagedUser]:
    """Make an account; without a password its user sets one by the link in a mail."""
    wanted: dict[str, Any] = {"email": email, "role": role, "password": password}
    return (yield from session.called(json_request(CREATE_USER, wanted), ManagedUser))


def invite_user(session: Session, email: str, *, role: Role = Role.USER) -> Steps[ManagedUser]:
    """Make an account, and have its user mailed a link that chooses a password; once more for one not accepted yet."""
    wanted = {"email": email, "role": role}
    return (yield from session.called(json_request(INVITE_USER, wanted), ManagedUser))


def change_user(
    session: Session,
    user_id: str,
    *,
    role: Role | None = None,
    disabled: bool | None = None,
    quota: UserQuota | None = None,
) -> Steps[ManagedUser]:
    """Change what is given of an account. A quota takes the place of all limits that were set before."""
    wanted = {"role": role, "disabled": disabled, "quota": quota}
    return (yield from session.called(json_request(CHANGE_USER, wanted, user_id=user_id), ManagedUser))


def remove_user(session: Session, user_id: str) -> Steps[None]:
    """Delete an account with all that belongs to it."""
    yield from session.done(plain_request(REMOVE_USER, user_id=user_id))


def send_password_reset(session: Session, user_id: str) -> Steps[None]:
    """Have a mail sent to a user with a link that sets a new password."""
    yield from session.done(plain_request(SEND_RESET, user_id=user_id))


def remove_users_second_factor(session: Session, user_id: str) -> Steps[None]:
    """Let a user who has lost the second factor log in with the password alone; a mail tells of it."""
    yield from session.done(plain_request(REMOVE_USERS_SECOND_FACTOR, user_id=user_id))


def _page(session: Session, request: Request) -> Steps[ManagedUserPage]:
    return (yield from patiently(session.patience, lambda: session.called(request, ManagedUserPage)))
