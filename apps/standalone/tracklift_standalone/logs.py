"""How the process logs."""

import logging
import sys


def log_to_standard_error(level: str) -> None:
    """Write one line a message to standard error, so that standard output stays for results."""
    logging.basicConfig(
        stream=sys.stderr,
        level=level.upper(),
        format="%(asctime)s %(levelname)-7s %(name)s: %(message)s",
        force=True,
    )
    # Alembic tells every migration that is in place already, aiosqlite every statement.
    for chatty in ("alembic", "aiosqlite", "asyncio", "httpx"):
        logging.getLogger(chatty).setLevel(logging.WARNING)
