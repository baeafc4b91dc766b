"""Sends the digests of hours that are over."""

import logging
from datetime import timedelta

from tracklift_domain.clock import Clock
from tracklift_domain.messaging.delivery import DeadLetter, RetryAfter
from tracklift_domain.notification.ports import HourlyMails
from tracklift_domain.notification.send_once import SendOnce

_log = logging.getLogger(__name__)
CLOCK_SKEW = timedelta(minutes=1)
"""By how much the clock of one process may be behind another's, and may still count mails in an hour that is over."""
_BATCH = 100


class SendDigests:
    """Tells of the outcomes that were held back, in one mail for each recipient and hour."""

    def __init__(self, *, mails: HourlyMails, send_once: SendOnce, clock: Clock) -> None:
        self._mails = mails
        self._send_once = send_once
        self._clock = clock

    async def __call__(self) -> int:
        """Send what is due, and give how many digests there were.

        Raises:
            ServiceUnavailableError: mail or storage can't be reached; the rest is sent another time.
        """
        sent = 0
        for hour in await self._mails.list_ended(self._clock.now() - CLOCK_SKEW, limit=_BATCH):
            disposition = await self._send_once(hour.to_digest())
            if isinstance(disposition, RetryAfter):
                continue  # Another process is at it.
            if isinstance(disposition, DeadLetter):
                _log.warning("A digest of %d outcomes is dropped: %s", len(hour.held), disposition.reason)
            await self._mails.settle(hour)
            sent += 1
        return sent
