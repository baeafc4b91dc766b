"""Runs an application with its workers until it is stopped."""

import asyncio
import logging
import signal
from collections.abc import Callable
from datetime import timedelta
from typing import Protocol

from litestar import Litestar

from tracklift_adapters.http.server.connection_limits import ConnectionLimits, ConnectionSettings
from tracklift_adapters.http.server.listeners import Listeners
from tracklift_adapters.http.server.metrics_app import METRICS_LIMITS, create_metrics_app
from tracklift_adapters.http.server.server import Server
from tracklift_runtime.workers import Workers

_NO_DRAIN = timedelta(0)
_log = logging.getLogger(__name__)


class StoppingSettings(ConnectionSettings, Protocol):
    """An app's checked settings of its connections and of its shutdown."""

    @property
    def drain(self) -> timedelta: ...


async def run_service(
    application: Litestar,
    workers: Workers,
    listeners: Listeners,
    settings: StoppingSettings,
    *,
    when_ready: Callable[[], None] = lambda: None,
    when_stopping: Callable[[], None] = lambda: None,
) -> bool:
    """Serve until SIGTERM or SIGINT, or until a worker fails, and tell whether all went well.

    After a signal, no new work begins, `when_stopping` is called, and requests and work have `settings.drain` to
    finish. A second signal stops them immediately. Metrics are served until the end.
    """
    server = Server(
        application, listeners.requests, drain=settings.drain, limits=ConnectionLimits.of(settings)
    )

    def stop() -> None:
        server.stop()
        workers.begin_to_stop()
        when_stopping()

    def stop_once() -> None:
        # Workers also end when they are stopped, which must not stop them again.
        if not server.should_exit:
            stop()

    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop)
    workers.start()
    figures = Server(create_metrics_app(), listeners.metrics, drain=_NO_DRAIN, limits=METRICS_LIMITS)
    giving_figures = asyncio.create_task(figures.run_until_stopped(lambda: _say_where(listeners.metrics_url)))
    failure = asyncio.create_task(workers.wait_for_failure())
    failure.add_done_callback(lambda _: stop_once())
    try:
        await server.run_until_stopped(when_ready)
    finally:
        failure.cancel()
        unbroken = await workers.stop()
        figures.stop()
        await giving_figures
    return unbroken


def _say_where(metrics_url: str) -> None:
    _log.info("Figures are at %s.", metrics_url)
