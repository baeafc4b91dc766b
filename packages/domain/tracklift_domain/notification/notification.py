"""What is sent to a user: a notification, and the mail made from it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from tracklift_domain.identifiers import EventId
from tracklift_domain.user.email_address import EmailAddress


class NotificationKind(StrEnum):
    """What a notification is about; each kind has its own template."""

    AUDIO_READY = "audio_ready"
    CONVERSION_FAILED = "conversion_failed"
    VERIFY_EMAIL = "verify_email"
    RESET_PASSWORD = "reset_password"  # noqa: S105  # the name of a kind
    INVITATION = "invitation"
    CHANGE_EMAIL = "change_email"
    EMAIL_CHANGED = "email_changed"
    SECOND_FACTOR_REMOVED = "second_factor_removed"
    DIGEST = "digest"


Fact = str | int | float


@dataclass(frozen=True, slots=True, kw_only=True)
class Notification:
    """What one recipient is told, once, because of one event."""

    event_id: EventId
    recipient: EmailAddress
    kind: NotificationKind
    facts: Mapping[str, Fact | Sequence[Mapping[str, object]]] = field(repr=False)
    """The values that the template fills in, as documented where notifications of the kind are made.

    See `announce_outcome`, `mail_link`, `tell_of_account_change` and `hour_of_mails`. They may contain a token.
    """

    @property
    def key(self) -> str:
        """Identifies the pair of event and recipient, for which one mail is sent."""
        return f"{self.event_id}:{self.recipient}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Mail:
    """One mail to one recipient."""

    message_id: str
    """Without angle brackets; the same for every attempt to send the same notification (RFC 5322, section 3.6.4)."""
    recipient: EmailAddress
    subject: str
    text: str
    html: str
