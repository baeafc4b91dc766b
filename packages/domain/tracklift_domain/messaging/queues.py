"""The queues of all services, for metrics, for the listing of dead letters, and for consumers."""

REQUEST_QUEUE = "converter"
"""Requests that wait for a worker."""
OUTCOME_QUEUE = "notification"
"""Outcomes that wait to be mailed."""
LINK_QUEUE = "links"
"""Requests for mailed links."""
ACCOUNT_MAIL_QUEUE = "account_mails"
"""Invitations and changes of addresses that wait to be mailed."""
DELETION_QUEUE = "gateway"
"""Deleted users whose conversions must be deleted."""
ACCOUNT_QUEUE = "accounts"
"""Verified addresses and ended sessions for the gateway."""
CONFIRMATION_QUEUE = "confirmations"
"""Confirmations that notification has handled an outcome."""

QUEUES = (
    REQUEST_QUEUE,
    DELETION_QUEUE,
    CONFIRMATION_QUEUE,
    ACCOUNT_QUEUE,
    LINK_QUEUE,
    ACCOUNT_MAIL_QUEUE,
    OUTCOME_QUEUE,
)
"""All of them. Each may have dead letters."""
