"""The outcomes that are held back once a user has been sent enough mails in an hour."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from tracklift_domain.identifiers import EventId
from tracklift_domain.notification.notification import Notification, NotificationKind
from tracklift_domain.user.email_address import EmailAddress

_HOUR = timedelta(hours=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class HourOfMails:
    """The outcomes of an hour that are sent to one recipient in one mail."""

    recipient: EmailAddress
    ends_at: datetime
    held: Sequence[Notification]
    """Oldest first, at most `LISTED_IN_DIGEST`."""
    unlisted: int
    """How many more there are."""

    def to_digest(self) -> Notification:
        """Make the notification that reports all of them.

        Facts: count, unlisted, hour_ends_at (RFC 3339), and `outcomes`, each with the facts of its own notification.
        """
        # The id depends on the contents, so that an outcome held too late for one digest gets into another one.
        keys = "\n".join(each.key for each in self.held)
        contents = hashlib.sha256(keys.encode()).hexdigest()[:32]
        return Notification(
            event_id=EventId(f"digest.{self.ends_at:%Y%m%dT%H%M}.{contents}"),
            recipient=self.recipient,
            kind=NotificationKind.DIGEST,
            facts={
                "count": len(self.held) + self.unlisted,
                "unlisted": self.unlisted,
                "hour_ends_at": self.ends_at.isoformat(timespec="seconds").replace("+00:00", "Z"),
                "outcomes": tuple({"kind": each.kind.value, **each.facts} for each in self.held),
            },
        )


def end_of_hour(now: datetime) -> datetime:
    """Return the end of the clock hour that contains a time."""
    return now.replace(minute=0, second=0, microsecond=0) + _HOUR
