"""Runs an application with its workers until it is told to stop."""

import asyncio
import logging
import signal
import socket
from collections.abc import Callable
from datetime import timedelta

from litestar import Litestar

from tracklift_adapters.http.connection_limits import ConnectionLimits
from tracklift_adapters.http.metrics_app import METRICS_LIMITS, create_metrics_app
from tracklift_adapters.http.server import Server
from tracklift_runtime.workers import Workers

_NO_DRAIN = timedelta(0)
_log = logging.getLogger(__name__)


async def run_service(
    application: Litestar,
    workers: Workers,
    listening: socket.socket,
    *,
    metrics: socket.socket,
    drain: timedelta,
    limits: ConnectionLimits,
    when_ready: Callable[[], None] = lambda: None,
    when_stopping: Callable[[], None] = lambda: None,
) -> bool:
    """Serve until SIGTERM or SIGINT, or until a worker breaks, and tell whether all went well.

    At a signal no new work is begun, `when_stopping` is called, and requests and work have `drain` to finish. A
    second signal stops them at once. The figures are given at `metrics`, also while work is finished.
    """
    server = Server(application, listening, drain=drain, limits=limits)

    def stop() -> None:
        server.stop()
        workers.begin_to_stop()
        when_stopping()

    def stop_once() -> None:
        # Workers also end because they were told to, which is no reason to tell them again.
        if not server.should_exit:
            stop()

    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop)
    workers.start()
    figures = Server(create_metrics_app(), metrics, drain=_NO_DRAIN, limits=METRICS_LIMITS)
    giving_figures = asyncio.create_task(figures.run_until_stopped(lambda: _say_where(metrics)))
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


def _say_where(metrics: socket.socket) -> None:
    host, port = metrics.getsockname()[:2]
    _log.info("Figures are at http://%s:%d/metrics.", f"[{host}]" if ":" in host else host, port)
