"""How a process logs."""

import logging
import sys
from collections.abc import MutableMapping
from typing import Any

import structlog

from tracklift_runtime.log_context import log_context

CHATTY = {
    "alembic": logging.WARNING,
    "aiosqlite": logging.WARNING,
    "asyncmy": logging.ERROR,
    "asyncio": logging.WARNING,
    "httpx": logging.WARNING,
    "httpx2": logging.WARNING,
    "httpcore": logging.WARNING,
    "httpcore2": logging.WARNING,
    "pika": logging.CRITICAL,
    "pymongo": logging.WARNING,
}
"""Libraries that tell what only their own developers want to know, and the least level at which they are heard."""

# The values of variables would put passwords and tokens into the log.
_WITHOUT_LOCALS = structlog.processors.ExceptionRenderer(
    structlog.tracebacks.ExceptionDictTransformer(show_locals=False)
)


def log_to_standard_error(*, level: str, form: str) -> None:
    """Write one line a message to standard error: as JSON (`json`) or for people (`text`).

    Each line carries what it is about (`tracklift_runtime.log_context`), such as the ids of request and conversion.
    """
    shared: list[structlog.typing.Processor] = [
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.PositionalArgumentsFormatter(),
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        _add_context,
    ]
    final: list[structlog.typing.Processor] = (
        [_WITHOUT_LOCALS, structlog.processors.JSONRenderer(ensure_ascii=False)]
        if form == "json"
        else [
            structlog.dev.ConsoleRenderer(
                colors=sys.stderr.isatty(), exception_formatter=structlog.dev.plain_traceback
            )
        ]
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *final],
        )
    )
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(level.upper())
    for name, least in CHATTY.items():
        logging.getLogger(name).setLevel(least)


def _add_context(
    _logger: Any,  # noqa: ANN401  # as structlog has it
    _method: str,
    line: MutableMapping[str, Any],
) -> MutableMapping[str, Any]:
    return {**log_context(), **line}
