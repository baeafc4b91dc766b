"""Which events notification takes, and what handles them."""

from collections.abc import Mapping

from tracklift_domain.conversion.events import ConversionCompleted, ConversionFailed
from tracklift_domain.messaging.delivery import EventHandler, Subscription
from tracklift_domain.messaging.queues import ACCOUNT_MAIL_QUEUE, LINK_QUEUE, OUTCOME_QUEUE
from tracklift_domain.user.events import UserEmailChanged
from tracklift_domain.user.mailed_link.events import (
    EmailChangeRequested,
    EmailVerificationRequested,
    PasswordResetRequested,
    UserInvited,
)
from tracklift_domain.user.second_factor.events import SecondFactorRemoved
from tracklift_notification.use_cases import NotificationUseCases

NOTIFICATION_SUBSCRIPTION = Subscription(
    queue=OUTCOME_QUEUE, event_types=(ConversionCompleted, ConversionFailed), concurrency=4
)
LINK_SUBSCRIPTION = Subscription(
    queue=LINK_QUEUE, event_types=(EmailVerificationRequested, PasswordResetRequested), concurrency=4
)
"""Apart, so that somebody who waits for a link does not wait behind the mails of a thousand conversions.

Mails are handed over four at once, so that one slow hand-over does not hold up all others."""

ACCOUNT_MAIL_SUBSCRIPTION = Subscription(
    queue=ACCOUNT_MAIL_QUEUE,
    event_types=(UserInvited, EmailChangeRequested, UserEmailChanged, SecondFactorRemoved),
    concurrency=4,
)
"""Apart, so that a process of the release before, which does not know these events, is given none of them."""


def handlers_of(use_cases: NotificationUseCases) -> Mapping[Subscription, EventHandler]:
    """Give what handles the events of each queue, in every app that has these use cases."""
    return {
        NOTIFICATION_SUBSCRIPTION: use_cases.announce_outcome(),
        LINK_SUBSCRIPTION: use_cases.mail_link(),
        ACCOUNT_MAIL_SUBSCRIPTION: use_cases.mail_about_account(),
    }
