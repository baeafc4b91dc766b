"""Retrying during an outage of the storage."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import TypeVar

from tracklift_domain.errors import ServiceUnavailableError

_Result = TypeVar("_Result")
_log = logging.getLogger(__name__)


async def outlast_outage(
    call: Callable[[], Awaitable[_Result]], *, pause: timedelta, patience: timedelta | None = None
) -> _Result:
    """Repeat a call, with a pause after each failure, until the storage can be reached.

    Without `patience`, it retries until the calling task is cancelled.

    Raises:
        ServiceUnavailableError: from the first call that fails after `patience` is over.
    """
    loop = asyncio.get_running_loop()
    give_up_at = None if patience is None else loop.time() + patience.total_seconds()
    down = False
    while True:
        try:
            return await call()
        except ServiceUnavailableError as error:
            if give_up_at is not None and loop.time() >= give_up_at:
                raise
            if not down:
                _log.warning("%s Trying again every %g seconds.", error, pause.total_seconds())
            down = True
        await asyncio.sleep(pause.total_seconds())
