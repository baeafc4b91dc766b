"""Sends the digests of past hours."""

import logging
from datetime import timedelta

from tracklift_domain.clock import Clock
from tracklift_domain.errors import ServiceUnavailableError
from tracklift_domain.messaging.delivery import DeadLetter, RetryAfter
from tracklift_domain.notification.hour_of_mails import HourOfMails
from tracklift_domain.notification.notification import Notification
from tracklift_domain.notification.ports import HourlyMails
from tracklift_domain.notification.send_once import SendOnce

_log = logging.getLogger(__name__)
CLOCK_SKEW = timedelta(minutes=1)
"""How far one process's clock may lag behind another's; such a process may still count mails in a past hour."""
_BATCH = 100
_MOST_FAILURES = 3
"""Per round. This many failures mean that the mail server is down, not just that it can't reach some recipients."""


class SendDigests:
    """Sends the outcomes that were held back, in one mail per recipient and hour."""

    def __init__(self, *, mails: HourlyMails, send_once: SendOnce, clock: Clock) -> None:
        self._mails = mails
        self._send_once = send_once
        self._clock = clock
        self._failed: set[str] = set()
        """The keys of digests that could not be sent. They are tried last, so that they delay no other digest."""

    async def __call__(self) -> int:
        """Send the digests that are due, and return how many were sent.

        Raises:
            ServiceUnavailableError: mail or storage can't be reached for some of them; those are sent in a later round.
        """
        sent = 0
        failures: list[ServiceUnavailableError] = []
        hours = await self._mails.list_ended(self._clock.now() - CLOCK_SKEW, limit=_BATCH)
        due = [(hour.to_digest(), hour) for hour in hours]
        self._failed &= {digest.key for digest, _ in due}
        for digest, hour in sorted(due, key=lambda each: each[0].key in self._failed):
            try:
                sent += await self._send(digest, hour)
            except ServiceUnavailableError as error:
                self._failed.add(digest.key)
                failures.append(error)
                if len(failures) == _MOST_FAILURES:
                    break
        if failures:
            raise failures[0]
        return sent

    async def _send(self, digest: Notification, hour: HourOfMails) -> bool:
        """Send a digest and drop the outcomes in it. Return `False` if another process is sending it."""
        disposition = await self._send_once(digest)
        if isinstance(disposition, RetryAfter):
            return False
        if isinstance(disposition, DeadLetter):
            _log.warning("A digest of %d outcomes is dropped: %s", len(hour.held), disposition.reason)
        await self._mails.settle(hour)
        return True
