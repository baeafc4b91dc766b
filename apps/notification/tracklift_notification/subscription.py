"""The events that notification consumes, and their handlers."""

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
"""A separate queue, so that mailed links do not wait behind the mails of a thousand conversions.

Four mails are handed over concurrently, so that a slow one does not delay all others."""

ACCOUNT_MAIL_SUBSCRIPTION = Subscription(
    queue=ACCOUNT_MAIL_QUEUE,
    event_types=(UserInvited, EmailChangeRequested, UserEmailChanged, SecondFactorRemoved),
    concurrency=4,
)
"""A separate queue, so that processes of the previous release do not receive events that they do not know."""


def handlers_of(use_cases: NotificationUseCases) -> Mapping[Subscription, EventHandler]:
    """Map each queue to the handler of its events, for every app that has these use cases."""
    return {
        NOTIFICATION_SUBSCRIPTION: use_cases.announce_outcome(),
        LINK_SUBSCRIPTION: use_cases.mail_link(),
        ACCOUNT_MAIL_SUBSCRIPTION: use_cases.mail_about_account(),
    }
