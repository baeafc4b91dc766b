"""What services say in their logs."""

import json
from typing import Any

from tests.services.service_process import ServiceProcess

_TROUBLE = {"warning", "error", "critical"}


class Listening:
    """The lines that a service has logged since a time."""

    def __init__(self, service: ServiceProcess) -> None:
        """Listen from now on."""
        self._log = service.log
        self._begin = self._log.stat().st_size if self._log.exists() else 0

    @classmethod
    def from_its_start(cls, service: ServiceProcess) -> "Listening":
        """Listen to all that the running process has said."""
        listening = cls(service)
        listening._begin = service.log_begins
        return listening

    def lines(self) -> list[dict[str, Any]]:
        """Give the lines, each as its fields."""
        with self._log.open("rb") as log:
            log.seek(self._begin)
            # The last one may be half there.
            whole, _, _ = log.read().rpartition(b"\n")
        return [json.loads(line) for line in whole.splitlines()]

    def trouble(self) -> list[str]:
        """Give what was told as a warning or an error."""
        return [line["event"] for line in self.lines() if line["level"] in _TROUBLE]

    def saying(self, text: str) -> list[str]:
        """Give what was told with this in it, however important it was."""
        return [line["event"] for line in self.lines() if text in line["event"]]


def is_in_an_outage(service: ServiceProcess) -> bool:
    """Tell whether a service has said that something fails, and not yet that it works again."""
    lines = [
        line
        for line in Listening.from_its_start(service).lines()
        if line.get("logger") == "tracklift_runtime.outage"
    ]
    return sum(1 if line["level"] == "warning" else -1 for line in lines) > 0
