"""The queues of all services, for those who ask how full they are, who list dead letters, and who take events."""

REQUEST_QUEUE = "converter"
"""Where requests wait for a worker."""
OUTCOME_QUEUE = "notification"
"""Where outcomes wait to be told to their users."""
LINK_QUEUE = "links"
"""Where requests for links in mails wait."""
ACCOUNT_MAIL_QUEUE = "account_mails"
"""Where invitations and changes of addresses wait to be mailed."""
DELETION_QUEUE = "gateway"
"""Where deleted users wait whose conversions are to be deleted."""
ACCOUNT_QUEUE = "accounts"
"""Where verified addresses and ended sessions wait to be heeded by the gateway."""
CONFIRMATION_QUEUE = "confirmations"
"""Where confirmations wait that notification handled an outcome."""

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
