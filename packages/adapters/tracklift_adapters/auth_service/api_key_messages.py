"""What the gateway asks auth about API keys, and how auth answers."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from tracklift_adapters.auth_service.answers import read_text
from tracklift_domain.identifiers import SessionId, UserId
from tracklift_domain.user.access.caller import Caller
from tracklift_domain.user.access.scope import Scope
from tracklift_domain.user.email_address import EmailAddress
from tracklift_domain.user.errors import InvalidEmailAddressError
from tracklift_domain.user.role import Role

VERIFICATION_PATH = "/internal/api-keys/verify"


def write_caller(caller: Caller) -> dict[str, Any]:
    """Write whom a key names."""
    return {
        "user_id": caller.user_id,
        "email": caller.email.value,
        "email_verified": caller.email_verified,
        "key_id": caller.session_id,
        "scopes": sorted(caller.scopes or ()),
        "role": caller.role.value,
        "expires_at": None if caller.expires_at is None else caller.expires_at.isoformat(),
    }


def read_caller(answer: Mapping[str, Any]) -> Caller:
    """Read whom a key names. Fields and scopes of a newer release are ignored.

    Raises:
        KeyError, TypeError, ValueError: the answer lacks a field, or has one of another type.
    """
    scopes, expires_at = list(answer["scopes"]), answer["expires_at"]
    try:
        email = EmailAddress(read_text(answer, "email"))
    except InvalidEmailAddressError as error:
        raise ValueError("email is no address") from error
    return Caller(
        user_id=UserId(read_text(answer, "user_id")),
        email=email,
        email_verified=answer["email_verified"] is True,
        session_id=SessionId(read_text(answer, "key_id")),
        scopes=frozenset(scope for scope in Scope if scope in scopes),
        # A release that did not say it knew no other role.
        role=next((role for role in Role if role == answer.get("role")), Role.USER),
        expires_at=None if expires_at is None else _time(expires_at),
    )


def _time(text: str) -> datetime:
    time = datetime.fromisoformat(text)
    if time.tzinfo is None:
        raise ValueError("expires_at has no offset")
    return time
