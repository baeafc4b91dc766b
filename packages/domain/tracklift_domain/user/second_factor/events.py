"""What happens to second factors that other services act on."""

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar, Self

from tracklift_domain.identifiers import EventId
from tracklift_domain.user.events import UserEvent
from tracklift_domain.user.second_factor.second_factor import SecondFactor
from tracklift_domain.user.user import User


@dataclass(frozen=True, slots=True, kw_only=True)
class SecondFactorRemoved(UserEvent):
    """A second factor was removed; its user is notified."""

    type: ClassVar[str] = "tracklift.user.second_factor_removed.v1"

    email: str
    by_admin: bool
    """Whether an admin or the operator removed it instead of its user."""

    @classmethod
    def of(cls, user: User, factor: SecondFactor, now: datetime, *, by_admin: bool) -> Self:
        """Announce that this second factor was removed."""
        return cls(
            id=EventId(f"{user.id}.second_factor_removed.{int(factor.created_at.timestamp())}"),
            time=now,
            user_id=user.id,
            email=user.email.value,
            by_admin=by_admin,
        )
