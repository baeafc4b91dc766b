"""Services that go on from one file of tests to the next."""

from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path

from tests.servers.servers import Servers
from tests.services.service_process import ServiceProcess
from tests.services.stage import Stage, stage_on
from tracklift_domain.messaging.queues import QUEUES

Changes = Mapping[str, Mapping[str, str]]
"""Settings that a service, by its name, has otherwise than the rest of the tests."""


class KeptStage:
    """The stage of the file that runs, kept for the next one: a start takes seconds.

    What that one wants otherwise takes the start of the services that differ.
    """

    def __init__(self, servers: Servers, folder: Path) -> None:
        self._servers = servers
        self._folder = folder
        self._opened = ExitStack()
        self._stage: Stage | None = None
        self._second_gateway: ServiceProcess | None = None
        self._starts = 0

    def get(self, converters: int, changes: Changes) -> Stage:
        """Give services that are ready, with these settings and nothing left of dead letters and cut-off writes."""
        if self._stage is not None and self._tidied(self._stage, converters, changes):
            return self._stage
        self.close()
        self._starts += 1
        self._stage = self._opened.enter_context(
            stage_on(self._servers, self._folder / str(self._starts), converters=converters, changes=changes)
        )
        return self._stage

    def second_gateway(self) -> ServiceProcess:
        """Give another gateway beside the first, which runs and is ready."""
        assert self._stage is not None
        if self._second_gateway is None:
            folder = self._folder / str(self._starts)
            self._second_gateway = self._stage.services.gateway.twin(folder / "second-gateway.log")
        if not self._second_gateway.is_running:
            self._second_gateway.launch()
        self._second_gateway.wait_until_ready()
        return self._second_gateway

    def end_second_gateway(self) -> None:
        """End the other gateway, if there is one."""
        if self._second_gateway is not None:
            self._second_gateway.end()
            self._second_gateway = None

    def close(self) -> None:
        """End the services."""
        self.end_second_gateway()
        self._stage = None
        self._opened.close()

    @staticmethod
    def _tidied(stage: Stage, converters: int, changes: Changes) -> bool:
        """Tell whether the services could be made ready, whatever a test that failed has left of them."""
        stage.services.have_converters(converters)
        stage.services.change(changes)
        try:
            stage.restore()
        except AssertionError:
            return False
        for queue in QUEUES:
            stage.queues.purge(f"{queue}.dead")
        stage.delete_stray_chunks()
        return True
