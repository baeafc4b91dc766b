"""Requests to mail a user a link."""

from dataclasses import dataclass, field
from typing import ClassVar, Self

from tracklift_domain.identifiers import EventId
from tracklift_domain.user.events import (
    UserEvent,
)
from tracklift_domain.user.mailed_link.mailed_token import MailedToken


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkRequested(UserEvent):
    """A link with a token must be mailed to a user.

    Only the event has the token, since the mail needs it; what is stored is its hash. It is not shown in the log, and
    the handler of the event ignores it once the token has expired (decision 12).
    """

    email: str
    token: str = field(repr=False)
    expires_at: str
    """RFC 3339, rounded down to the second, so that the mail does not promise too much."""

    @classmethod
    def of(cls, mailed: MailedToken, token: str) -> Self:
        """Announce that a token must be mailed. A part of its hash, which discloses nothing, identifies the event."""
        return cls(
            id=EventId(f"{mailed.user_id}.{mailed.purpose}.{mailed.token_hash[:32]}"),
            time=mailed.created_at,
            user_id=mailed.user_id,
            email=mailed.email.value,
            token=token,
            expires_at=mailed.expires_at.isoformat(timespec="seconds").replace("+00:00", "Z"),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class EmailVerificationRequested(LinkRequested):
    """A user must verify the account's address."""

    type: ClassVar[str] = "tracklift.user.email_verification_requested.v1"


@dataclass(frozen=True, slots=True, kw_only=True)
class PasswordResetRequested(LinkRequested):
    """A caller who claims to have forgotten the password must prove to be the user."""

    type: ClassVar[str] = "tracklift.user.password_reset_requested.v1"


@dataclass(frozen=True, slots=True, kw_only=True)
class UserInvited(LinkRequested):
    """An admin has made an account, whose user must choose its password."""

    type: ClassVar[str] = "tracklift.user.invited.v1"


@dataclass(frozen=True, slots=True, kw_only=True)
class EmailChangeRequested(LinkRequested):
    """A user must verify the new address of the account."""

    type: ClassVar[str] = "tracklift.user.email_change_requested.v1"
