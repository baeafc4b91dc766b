"""Services that go on from one file of tests to the next."""

from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path

from tests.servers.servers import Servers
from tests.services.stage import Stage, stage_on
from tracklift_domain.messaging.queues import QUEUES


class KeptStage:
    """The stage of the file that runs, kept for the next file that wants the same: a start takes seconds."""

    def __init__(self, servers: Servers, folder: Path) -> None:
        self._servers = servers
        self._folder = folder
        self._opened = ExitStack()
        self._stage: Stage | None = None
        self._kind: tuple[int, Mapping[str, str]] | None = None
        self._starts = 0

    def get(self, converters: int, settings: Mapping[str, str]) -> Stage:
        """Give services that run with these settings and are ready, with no dead letters left from before."""
        kind = converters, settings
        if self._stage is not None and kind == self._kind and self._tidied(self._stage):
            return self._stage
        self.close()
        self._starts += 1
        self._stage = self._opened.enter_context(
            stage_on(
                self._servers, self._folder / str(self._starts), converters=converters, settings=settings
            )
        )
        self._kind = kind
        return self._stage

    def close(self) -> None:
        """End the services."""
        self._stage = None
        self._opened.close()

    @staticmethod
    def _tidied(stage: Stage) -> bool:
        """Tell whether the services could be made ready, whatever a test that failed has left of them."""
        try:
            stage.restore()
        except AssertionError:
            return False
        for queue in QUEUES:
            stage.queues.purge(f"{queue}.dead")
        return True
