from pathlib import Path


class ServersUnavailableError(Exception):
    """There is no way to get the servers on this machine, or one does not start; the text says what to do."""


def last_lines(log: Path, count: int = 40) -> str:
    """Give the end of a log file for a report."""
    if not log.exists():
        return "(nothing was logged)"
    return "\n".join(log.read_text(encoding="utf-8", errors="replace").splitlines()[-count:])
