"""The queues of the services that act on conversions, whichever service asks how full they are."""

REQUEST_QUEUE = "converter"
"""Where requests wait for a worker."""
OUTCOME_QUEUE = "notification"
"""Where outcomes wait to be told to their users."""
